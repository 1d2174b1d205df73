"""Accounts, as those see them who look after them."""

from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from errors import NotFound, Unacceptable
from models import User, UserRole
from resolvers import pages
from resolvers.inputs import LONGEST_EMAIL, line
from resolvers.pages import Page
from resolvers.roles import NAME

GREATEST = "\U0010ffff"  # no text that begins with something is behind that and this


@dataclass(frozen=True)
class Wanted:
    """Which accounts; None does not matter. `search` is how an address or a name begins, or a whole id."""

    search: str | None = None
    disabled: bool | None = None
    email_confirmed: bool | None = None
    role: str | None = None


async def page(wanted: Wanted, count: int, before: UUID) -> Page[User]:
    """Those accounts, the newest first."""
    return await pages.newest(_matching(wanted), count, before)


def _matching(wanted: Wanted) -> QuerySet[User]:
    rows = User.all()
    if wanted.search:
        rows = rows.filter(_beginning(wanted.search))
    if wanted.disabled is not None:
        rows = rows.filter(disabled_at__isnull=not wanted.disabled)
    if wanted.email_confirmed is not None:
        rows = rows.filter(email_confirmed_at__isnull=not wanted.email_confirmed)
    if wanted.role is not None:
        role = wanted.role if NAME.fullmatch(wanted.role) else ""
        rows = rows.filter(id__in=Subquery(UserRole.filter(role=role).values("user_id")))
    return rows


def _beginning(typed: str) -> Q:
    """As it is typed, addresses in lower case, names with capitals too: each is a range of an index."""
    try:
        return Q(id=UUID(typed))
    except ValueError:
        pass
    try:
        text = line(typed, LONGEST_EMAIL) or ""
    except Unacceptable:
        return Q(id__in=[])  # what nobody is called
    names = [Q(name__gte=one, name__lt=one + GREATEST) for one in dict.fromkeys((text, text.title()))]
    address = text.lower()
    return Q(Q(canonical_email__gte=address, canonical_email__lt=address + GREATEST), *names, join_type="OR")


async def find(user_id: str) -> User:
    """The account of this id. Raises NotFound."""
    try:
        user = await User.get_or_none(id=UUID(user_id))
    except ValueError:
        user = None
    if user is None:
        raise NotFound
    return user
