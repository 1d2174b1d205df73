"""Everything of an answer that a client can see, and how two sets of answers differ."""

import json

import httpx2

VARY = {"date", "x-request-id"}  # with every answer, whatever it is about
Answer = tuple[tuple[str, str], ...]


def seen(answer: httpx2.Response, email: str, *, same_length: bool) -> Answer:
    """The answer in parts, with a placeholder for the address that was asked about."""
    left_out = VARY if same_length else VARY | {"content-length"}
    headers = [(f"header {name}", value) for name, value in answer.headers.multi_items() if name not in left_out]
    parts = [("status", str(answer.status_code)), *headers, ("codes", _codes(answer)), ("body", answer.text)]
    return tuple(sorted((name, value.replace(email, "‹address›")) for name, value in parts))


def differences(answers: dict[str, set[Answer]]) -> list[str]:
    """Each part of which some cases show other values than the rest, in a line."""
    names = sorted({name for found in answers.values() for answer in found for name, _ in answer})
    told = []
    for name in names:
        values = {
            case: {tuple(value for part, value in answer if part == name) for answer in found}
            for case, found in answers.items()
        }
        if any(value != next(iter(values.values())) for value in values.values()):
            told.append(f"{name}: {'; '.join(f'{case} {sorted(value)}' for case, value in values.items())}")
    return told


def _codes(answer: httpx2.Response) -> str:
    """The result's type and the codes of errors, as a GraphQL client tells them apart."""
    try:
        body = json.loads(answer.text)
        codes = [error.get("extensions", {}).get("code") for error in body.get("errors", [])]
        return f"{(body.get('data') or {}).get('result', {}).get('__typename')} {codes}"
    except (ValueError, AttributeError):
        return "no GraphQL"
