"""The public operations that take an address, asked in turns about each kind of address."""

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx2

from tests.enumeration.answers import Answer, differences, seen
from tests.enumeration.instance import LOGIN, REGISTER, Accounts, ask
from tests.enumeration.timing import Comparison, compare

RESEND = """mutation ($input: ResendConfirmationInput!) { result: resendConfirmation(input: $input) { __typename
  ... on ConfirmationSent { email } ... on InvalidInput { errors { field message } } ... on Problem { message } } }"""
RESET = """mutation ($input: RequestPasswordResetInput!) { result: requestPasswordReset(input: $input) { __typename
  ... on PasswordResetSent { email } ... on InvalidInput { errors { field message } } ... on Problem { message } } }"""
START_PASSKEY_LOGIN = "mutation { result: startPasskeyLogin { __typename ... on Problem { message } } }"
CODE = """mutation ($input: RequestLoginCodeInput!) { result: requestLoginCode(input: $input) { __typename
  ... on LoginCodeSent { email%s } ... on InvalidInput { errors { field message } } ... on Problem { message } } }"""
WITH_CODE = """mutation ($input: LoginWithCodeInput!) { result: loginWithCode(input: $input) { __typename
  ... on LoggedIn { expiresAt } ... on Problem { message } } }"""
WARM_UP = 2  # tries of each case that are not timed: caches fill, connections open


@dataclass(frozen=True)
class Operation:
    """A mutation, and what it is given beside the address, if any; `before` it another one is asked, with the same.

    Where there is a `then`, it is given what that makes of the other one's answer, and no address.
    """

    name: str
    query: str
    more: Callable[[Accounts], dict[str, str]] = lambda _: {}
    before: str | None = None
    then: Callable[[httpx2.Response], dict[str, str]] | None = None


def _wrong(accounts: Accounts, device_token: str | None = None) -> dict[str, str]:
    token = {"deviceToken": device_token} if device_token else {}
    return {"password": f"no {accounts.password}", **token}


def _guess(answer: httpx2.Response) -> dict[str, str]:
    sent = (answer.json().get("data") or {}).get("result") or {}
    return {"ticket": sent.get("ticket", ""), "code": f"{secrets.randbelow(10**8):08}"}


OPERATIONS = (
    Operation("register", REGISTER, lambda accounts: {"password": accounts.password}),
    Operation("resendConfirmation", RESEND),
    Operation("requestPasswordReset", RESET),
    Operation("login with a wrong password", LOGIN, _wrong),
    Operation("login with a forged device token", LOGIN, lambda accounts: _wrong(accounts, secrets.token_urlsafe(32))),
    Operation("login with a device token", LOGIN, lambda accounts: _wrong(accounts, accounts.device_token)),
    Operation("startPasskeyLogin", START_PASSKEY_LOGIN),
    Operation("login after registering", LOGIN, lambda accounts: {"password": f"{accounts.password} 2"}, REGISTER),
    Operation("requestLoginCode", CODE % ""),
    Operation("loginWithCode with a wrong code", WITH_CODE, before=CODE % " ticket", then=_guess),
)


@dataclass(frozen=True)
class Finding:
    """What the answers and times of one operation tell."""

    operation: str
    answer: Answer
    differences: list[str]
    timing: Comparison

    def passed(self, threshold: float | None) -> bool:
        """Whether nothing differs; with a threshold (ms), not the time either."""
        return not self.differences and (threshold is None or not self.timing.differs(threshold))


def examine(client: httpx2.Client, accounts: Accounts, operation: Operation, tries: int) -> Finding:
    """Ask about every kind of address, each `tries` times, in random turns. Raises CannotTell."""
    cases: dict[str, Callable[[], str]] = {
        "unknown": accounts.nobody,
        "confirmed": lambda: accounts.confirmed,
        "unconfirmed": lambda: accounts.unconfirmed,
    }
    if accounts.protected:
        cases["protected"] = lambda: accounts.protected
    turns = [case for case in cases for _ in range(tries)]
    random.shuffle(turns)
    answers: dict[str, set[Answer]] = {case: set() for case in cases}
    times: dict[str, list[float]] = {case: [] for case in cases}
    for number, case in enumerate([*list(cases) * WARM_UP, *turns]):
        email = cases[case]()
        inputs = {"email": email, **operation.more(accounts)}
        if operation.before:
            prepared = ask(client, operation.before, inputs)
            inputs = operation.then(prepared) if operation.then else inputs
        started = time.perf_counter()
        answer = ask(client, operation.query, inputs)
        milliseconds = (time.perf_counter() - started) * 1000
        answers[case].add(seen(answer, email, same_length=accounts.same_length))
        if number >= len(cases) * WARM_UP:
            times[case].append(milliseconds)
    return Finding(operation.name, min(answers["unknown"]), differences(answers), compare(times))
