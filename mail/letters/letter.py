"""What a letter is."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, ClassVar, TypedDict

from mail.rendering import Text, render
from models import User
from settings import MailSettings

WORD_BEGINS = re.compile(r"(?<!^)(?=[A-Z])")
KINDS: dict[str, type["Posting"]] = {}


class Pace(Enum):
    """What becomes of letters of one kind to one recipient that come faster than MAIL_LIMIT_PER_RECIPIENT.

    Whoever knows an address can have some sent to it. Where the one that has just gone out says and does the same,
    whoever asked for it, more are dropped. Where they differ they wait: a stranger's must not keep the owner's away.
    """

    FREE = "free"  # no stranger can ask for it
    DROPPED = "dropped"
    WAITING = "waiting"


@dataclass(frozen=True, kw_only=True)
class Posting:
    """What is put into the outbox: a dataclass each, whose fields are its facts, in JSON's types.

    Its `kind` is its class's name in snake case: it is what the row says, and the folder of the templates.
    """

    kind: ClassVar[str]
    pace: ClassVar[Pace]
    optional: ClassVar[bool]  # comes to nothing where an address is unknown: no other may be faster or slower for it

    def __init_subclass__(cls, *, pace: Pace = Pace.FREE, optional: bool = False, posted: bool = True) -> None:
        """What holds for every letter of a class; not `posted` is what only others are made of."""
        cls.kind = WORD_BEGINS.sub("_", cls.__name__).lower()
        cls.pace, cls.optional = pace, optional
        if posted:
            KINDS[cls.kind] = cls

    @property
    def recipient(self) -> str:
        """The canonical address that it goes to."""
        raise NotImplementedError

    def facts(self) -> dict[str, Any]:
        """What is kept of it until it is due."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Deferred(Posting, posted=False):
    """A letter that is decided when it is due, so that no answer tells what is known of `email`."""

    email: str

    @property
    def recipient(self) -> str:
        """Who will get it, if anybody does."""
        return self.email


@dataclass(frozen=True, kw_only=True)
class Letter(Posting, posted=False):
    """What one person is told, in their language; `name` is what they call themselves."""

    to: str
    name: str | None
    locale: str

    @property
    def recipient(self) -> str:
        """Who is told."""
        return self.to

    def fields(self, settings: MailSettings) -> Mapping[str, str | None]:  # noqa: ARG002
        """What its templates are filled in with, beside the reader, the app's name and the texts."""
        return {}

    def text(self, settings: MailSettings) -> Text:
        """The letter as it is sent."""
        reader = Reader(to=self.to, name=self.name, locale=self.locale)
        return render(self.kind, settings, self.fields(settings), **reader)


class Reader(TypedDict):
    """Who a letter is for."""

    to: str
    name: str | None
    locale: str


def reader(user: User) -> Reader:
    """The owner of an account: `PasswordChanged(**reader(user))`."""
    return Reader(to=user.canonical_email, name=user.name, locale=user.locale)
