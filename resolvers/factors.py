"""Second factors: which an account has, and what changes with them."""

from datetime import datetime
from uuid import UUID

from tortoise.expressions import F

from database import find
from errors import Refusal, Unavailable
from models import LoginMethod, Passkey, RecoveryCode, Session, TotpSecret, User
from resolvers import assertions, devices, links
from resolvers.services import Services
from resolvers.tickets import Ticket
from security import totp
from security.passkeys import Options

LOST_SECONDS = 60  # until it is worth another try
MOST_FAILURES = 100  # NIST SP 800-63B-4 §3.2.2: a guesser has at most 300 in 1,000,000


class SecondFactorNeeded(Refusal):
    """The first factor was right, and the account has a second. `ticket` is None until one was written.

    Its token is empty where it travels otherwise. `passkey_options` are for browsers, where a passkey will do.
    """

    key = "refusal.second_factor_needed"

    def __init__(
        self, methods: list[LoginMethod], ticket: Ticket | None = None, passkey_options: Options | None = None
    ) -> None:
        super().__init__()
        self.methods = methods
        self.ticket = ticket
        self.passkey_options = passkey_options


class LostSecret(Unavailable):
    """No key opens an app's secret, which is no failure of who proves it: an operator has to list the one that did."""

    def __repr__(self) -> str:
        """What the log says."""
        return "no key of SECRET_KEY opens the secret of an authenticator app"


async def required(user_id: UUID) -> bool:
    """Whether a login asks for a second factor."""
    return bool(await confirmed(user_id) or await find(Passkey, user_id=user_id, second_factor=True))


async def methods(services: Services, user_id: UUID) -> list[LoginMethod]:
    """What an account that is asked for a second factor can prove it with, what it used last first.

    Recovery codes come last: each is good once. It may be nothing, where what it has is worth nothing any more.
    """
    used_at: dict[LoginMethod, datetime] = {}
    if passkeys := await assertions.usable(services, user_id):
        used_at[LoginMethod.PASSKEY] = max(passkey.last_used_at or passkey.created_at for passkey in passkeys)
    app = await confirmed(user_id)
    if app and app.confirmed_at and await User.filter(id=user_id, factor_failures__lt=MOST_FAILURES).exists():
        # A code is known by its half a minute: a passkey that was used in the same comes first, being no worse.
        used_at[LoginMethod.TOTP] = max(app.confirmed_at, totp.start_of(app.last_step))
    codes = [LoginMethod.RECOVERY_CODE] if await RecoveryCode.filter(user_id=user_id).exists() else []
    return [*sorted(used_at, key=used_at.__getitem__, reverse=True), *codes]


def opened(services: Services, secret: TotpSecret) -> bytes:
    """The secret itself. Raises LostSecret where no key opens it."""
    try:
        return services.totp_seal.open(secret.sealed_secret, *belongs_to(secret))
    except ValueError:
        raise LostSecret(LOST_SECONDS) from None


async def any_lost(services: Services) -> bool:
    """Whether no key opens the secret of the app that was set up last."""
    newest = await TotpSecret.filter(id__gt=UUID(int=0)).order_by("-id").first()
    try:
        return newest is not None and not opened(services, newest)
    except LostSecret:
        return True


def belongs_to(secret: TotpSecret) -> tuple[object, ...]:
    """What the secret is sealed for."""
    return "totp_secrets", secret.id, secret.user_id


async def confirmed(user_id: UUID) -> TotpSecret | None:
    """The authenticator app whose codes logins ask for."""
    return await find(TotpSecret, filled="confirmed_at", user_id=user_id)


async def changed(user: User, session: Session | None) -> int:
    """What was proven before the factors changed is worth nothing, in the transaction that is open.

    Gives back how many sessions were closed: all but the one that has changed them.
    """
    await User.filter(id=user.id).update(credentials_version=F("credentials_version") + 1)
    await devices.forget(user)
    await links.void_changes(user)
    known = Session.filter(user=user)
    return await (known.exclude(id=session.id) if session else known).delete()
