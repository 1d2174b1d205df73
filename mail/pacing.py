"""How fast letters of one kind may follow one another to one recipient."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from mail.letters import Pace, Posting
from models import Letter

FIRST_BACK_OFF = timedelta(seconds=30)
DOUBLINGS = 7  # up to about an hour
GIVE_UP = timedelta(days=1)

# Counts one more letter of a kind to a recipient, a key of both; gives 0, or the seconds until there is room for it.
Count = Callable[[str], Awaitable[int]]


async def wait_seconds(count: Count, letter: Letter, posting: Posting) -> int:
    """0 where the letter may go now, else the seconds until there is room for it."""
    if posting.pace is Pace.FREE or (posting.pace is Pace.DROPPED and letter.attempts > 1):
        return 0  # one that is tried again has had its turn
    return await count(f"{letter.kind}:{posting.recipient}")


def is_old(letter: Letter) -> bool:
    """Whether it has been tried for long enough."""
    return datetime.now(UTC) - letter.created_at > GIVE_UP


def back_off(letter: Letter) -> timedelta:
    """How long to wait after a try that has failed."""
    return FIRST_BACK_OFF * 2.0 ** min(letter.attempts - 1, DOUBLINGS)
