"""`python -m tests.enumeration [URL]`: can anybody find out by asking who has an account?"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack

import httpx2

from tests.enumeration import instance
from tests.enumeration.instance import Accounts, CannotTell
from tests.enumeration.operations import OPERATIONS, Finding, Operation, examine

QUIETER = "More tries, or a quieter machine, would tell more."
PASSWORD = "a quiet gate at dusk"
EPILOG = """Unknown, confirmed and unconfirmed addresses, and one with a second factor, are asked about in
random turns. Everything of the answers is compared, and the medians of their times: a spread counts where it is
larger than both the threshold and what chance makes of it (tests/enumeration/timing.py). Ends with 0 where nothing
differs, 1 where something does, 2 where it cannot tell. It leaves accounts at example.com behind that were never
confirmed, and sends letters to the accounts given."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a report; gives back the exit code."""
    options = _options(arguments)
    try:
        with ExitStack() as stack:
            url = options.url or stack.enter_context(instance.own())
            client = stack.enter_context(httpx2.Client(base_url=url, timeout=30))
            accounts = instance.checked(client, _accounts(client, options))
            _say(f"{url}: {options.tries} tries of each case")
            findings = [_reported(client, accounts, operation, options) for operation in OPERATIONS]
    except (CannotTell, httpx2.TransportError) as trouble:
        _say(f"Cannot tell: {trouble}")
        return 2
    _say(f"\n{_conclusion(findings, options.limit)}")
    return 0 if all(finding.passed(options.limit) for finding in findings) else 1


def _conclusion(findings: list[Finding], limit: float | None) -> str:
    if not all(finding.passed(limit) for finding in findings):
        return "Somebody can learn who has an account."
    if limit is None:
        return "No answer tells who has an account; times were not judged."
    noise = max(finding.timing.chance for finding in findings)
    if noise > limit:
        return f"Nothing differs as far as can be seen: the noise hides up to {noise:.2f} ms. {QUIETER}"
    return "Nobody learns who has an account."


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.enumeration", description=__doc__, epilog=EPILOG)
    parser.add_argument("url", nargs="?", help="the instance (default: one of its own, with the hash of production)")
    parser.add_argument("--confirmed", metavar="ADDRESS", help="of a confirmed account")
    parser.add_argument("--unconfirmed", metavar="ADDRESS", help="of an account that is not confirmed")
    parser.add_argument("--protected", metavar="ADDRESS", default="", help="of one with a second factor, if you like")
    parser.add_argument("--password", help="of all (without these: the development mailbox helps to make them)")
    parser.add_argument("--tries", type=int, default=200, help="of each case (default: 200)")
    parser.add_argument("--threshold", type=float, default=1.0, help="of the medians' spread, in ms (default: 1)")
    parser.add_argument("--answers-only", action="store_true", help="report times, but do not judge them")
    options = parser.parse_args(arguments)
    given = [options.confirmed, options.unconfirmed, options.password]
    if any(given) and not all(given):
        parser.error("--confirmed, --unconfirmed and --password belong together")
    options.limit = None if options.answers_only else options.threshold
    return options


def _accounts(client: httpx2.Client, options: argparse.Namespace) -> Accounts:
    if options.confirmed:
        return Accounts(options.confirmed, options.unconfirmed, options.password, options.protected)
    return instance.make(client, PASSWORD)


def _reported(client: httpx2.Client, accounts: Accounts, operation: Operation, options: argparse.Namespace) -> Finding:
    finding = examine(client, accounts, operation, options.tries)
    verdict = "alike" if finding.passed(options.limit) else "DIFFERENT"
    timing, parts = finding.timing, dict(finding.answer)
    _say(f"\n{finding.operation}: {verdict}")
    _say(f"  answer    {parts['status']} {parts['codes']}")
    for difference in finding.differences or ["body, codes, status, headers and cookies are the same"]:
        _say(f"            {difference}")
    _say(f"  medians   {', '.join(f'{case} {median:.2f} ms' for case, median in timing.medians.items())}")
    judged = "not judged" if options.limit is None else f"threshold {options.limit:.2f}"
    _say(f"            {timing.spread:.2f} ms apart (chance makes up to {timing.chance:.2f}; {judged})")
    return finding


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
