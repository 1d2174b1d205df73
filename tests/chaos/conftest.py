"""What faults need: programs of their own, a table of what was seen, and a lighter watch over the log."""

from email.message import EmailMessage

import pytest

from tests.chaos import page
from tests.chaos.faults import FAULT, Fault, Told
from tests.support import secrecy

SAMPLE = 100  # addresses that the log is searched for: there are thousands, and a line for each of them


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Told:
    """Where a test tells of its fault."""
    return Told(request)


@pytest.fixture(autouse=True)
def sample(watch: secrecy.Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is searched for the secrets of some letters only."""
    learn = watch.learn_letter

    def learn_some(letter: EmailMessage) -> None:
        if len(watch.emails) < SAMPLE:
            learn(letter)

    monkeypatch.setattr(watch, "learn_letter", learn_some)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Print the table; where all of it was measured, it is put into the page."""
    reports = [report for report in terminalreporter.getreports("passed") if report.when == "call"]
    faults = [Fault(**told) for report in reports for name, told in report.user_properties if name == FAULT]
    if faults:
        terminalreporter.write_line(page.table(faults))
        if page.WHOLE and exitstatus == pytest.ExitCode.OK and config.args == ["tests/chaos"]:
            page.write(faults)
            terminalreporter.write_line(f"written to {page.PAGE}")
