"""One exception for all that says "the database cannot serve now"."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tortoise.exceptions import DBConnectionError


@contextmanager
def translated(troubles: tuple[type[Exception], ...], is_mistake: Callable[[Exception], bool]) -> Iterator[None]:
    """Raise DBConnectionError for a driver's trouble; mistakes of ours, such as wrong SQL, pass unchanged."""
    try:
        yield
    except DBConnectionError:
        raise
    except troubles as error:
        if is_mistake(error):
            raise
        raise DBConnectionError(f"{type(error).__name__}: {error}") from error
