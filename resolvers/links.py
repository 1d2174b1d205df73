"""The links in letters: each for one purpose, one use and a limited time."""

from datetime import UTC, datetime, timedelta

from errors import ExpiredToken, InvalidToken
from models import Link, Purpose, Registration, Session, User
from security import tokens


async def write(
    purpose: Purpose,
    user: User,
    canonical_email: str,
    lifetime: timedelta,
    *,
    session: Session | None = None,
    registration: Registration | None = None,
) -> str:
    """A new link's token, in the transaction that is open.

    Older ones stay good: or anybody could void the link in somebody's mailbox by asking for another.
    """
    token = tokens.new_link_token()
    now = datetime.now(UTC)
    await Link.create(
        user=user,
        session=session,
        registration=registration,
        purpose=purpose,
        token_digest=tokens.digest(token),
        canonical_email=canonical_email,
        created_at=now,
        expires_at=now + lifetime,
    )
    return token


async def look(purpose: Purpose, token: str) -> Link:
    """The link that a token belongs to, with its user. Raises InvalidToken, ExpiredToken."""
    link = await find(purpose, token)
    if link.expires_at <= datetime.now(UTC):
        raise ExpiredToken
    return link


async def find(purpose: Purpose, token: str) -> Link:
    """The link that a token belongs to, with its user and registration, even where its time is over.

    Raises InvalidToken.
    """
    known = Link.get_or_none(token_digest=tokens.digest(token), purpose=purpose)
    link = await known.select_related("user", "registration")
    if link is None:
        raise InvalidToken
    return link


async def use(link: Link) -> None:
    """Takes the link away, in the transaction that is open. Raises InvalidToken where somebody else was first."""
    if not await Link.filter(id=link.id).delete():
        raise InvalidToken


async def void_changes(user: User) -> None:
    """Takes away what would change the user's address, in the transaction that is open; the ways back stay."""
    await Link.filter(user=user, purpose=Purpose.CHANGE_EMAIL).delete()


async def void(user: User) -> None:
    """Takes away every link that the user still has, but for those that have confirmed and the ways back."""
    await Link.filter(user=user).exclude(purpose__in=(Purpose.CONFIRM_EMAIL, Purpose.UNDO_EMAIL_CHANGE)).delete()
