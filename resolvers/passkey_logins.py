"""Signing in with a passkey alone."""

import events
from database import transaction
from errors import EmailNotConfirmed, InvalidCredentials, InvalidProof, Refusal
from models import Passkey
from resolvers import assertions, ceremonies, devices, logins, sessions
from resolvers.caller import Caller
from resolvers.ceremonies import Started
from resolvers.logins import Login
from resolvers.services import Services
from security.ceremonies import Ceremony, Purpose


class UnknownPasskey(Refusal):
    """This passkey is not known, or not any more; it is one of the domain `rp_id`."""

    key = "refusal.unknown_passkey"

    def __init__(self, rp_id: str = "") -> None:
        super().__init__()
        self.rp_id = rp_id


def start(services: Services) -> Started:
    """The same for everybody, and nothing of it is stored."""
    ceremony = services.ceremonies.begin(Purpose.PASSKEY_LOGIN)
    return Started(ceremony.token, ceremony.expires_at, services.passkeys.request(ceremony.challenge))


async def login(caller: Caller, services: Services, *, ceremony: str, answer: object, device_token: str = "") -> Login:
    """What was opened.

    Raises UnknownPasskey, InvalidProof, InvalidToken, ExpiredToken, AccountDisabled, TooManyAttempts.
    """
    await services.throttle.attempt("login_per_address", caller.block)
    begun = services.ceremonies.find(Purpose.PASSKEY_LOGIN, ceremony)
    passkey = await assertions.find(answer)
    if passkey is None:
        await events.record(events.LoginFailed(user_id=None, reason="unknown_passkey"), caller)
        raise UnknownPasskey(services.passkeys.rp_id)
    await _used(caller, services, passkey, answer, begun)
    device = await devices.find(device_token, passkey.user.canonical_email)
    try:
        return await logins.complete(caller, services, passkey.user, [assertions.method_of(passkey)], device)
    except (InvalidCredentials, EmailNotConfirmed):
        raise InvalidProof from None


async def _used(caller: Caller, services: Services, passkey: Passkey, answer: object, begun: Ceremony) -> None:
    user = passkey.user
    try:
        async with transaction():
            await sessions.hold(user)  # so that the passkey is not removed meanwhile
            await assertions.use(services, passkey, answer, begun.challenge)
            await ceremonies.use(begun)
    except (InvalidCredentials, InvalidProof) as refusal:
        await events.record(events.LoginFailed(user_id=user.id, reason="wrong_passkey"), caller)
        if isinstance(refusal, InvalidCredentials):
            raise InvalidProof from None
        await assertions.tell(caller, refusal)
        raise
