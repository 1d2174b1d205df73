"""Signing in by an ID token, which an app has got from its system's own sign-in."""

import events
from database import transaction
from errors import InvalidToken, NotFound, Unavailable
from outside import NoAnswer
from providers import NoPerson, OpenIDProvider
from resolvers import ceremonies, identity_logins, provider_logins
from resolvers.caller import Caller
from resolvers.ceremonies import Started
from resolvers.logins import Login
from resolvers.services import Services
from security.ceremonies import CEREMONY_ENDED, Purpose

AWAY_SECONDS = 60  # for so long a service that gave no answer is not asked again


def start(services: Services, provider_id: str) -> Started:
    """A nonce for that service's token, of which nothing is stored. Raises NotFound."""
    _provider(services, provider_id)
    begun = services.ceremonies.begin(Purpose.ID_TOKEN_LOGIN, provider=provider_id)
    return Started(begun.token, begun.expires_at)


async def login(
    caller: Caller,
    services: Services,
    *,
    provider_id: str,
    id_token: str,
    nonce: str,
    name: str | None,
    device_token: str = "",
) -> Login:
    """What was opened for whom the token names, as after the way of a browser.

    The nonce is used up as soon as the token is believed: where the service is away, both are good again later.
    Raises NotFound, InvalidToken, ExpiredToken, IdentityNotLinked, EmailNotConfirmed, SecondFactorNeeded,
    TooManyAttempts; Unavailable where the service's keys cannot be had.
    """
    await services.throttle.attempt("login_per_address", caller.block)
    provider = _provider(services, provider_id)
    begun = services.ceremonies.find(Purpose.ID_TOKEN_LOGIN, nonce, provider=provider_id)
    try:
        person = await provider_logins.usable(await provider.person_of(id_token, nonce=nonce, name=name))
    except NoAnswer as error:
        await events.record(events.ProviderFailed(provider=provider_id, error=str(error)), caller)
        if isinstance(error, NoPerson):
            raise InvalidToken(CEREMONY_ENDED) from None
        raise Unavailable(AWAY_SECONDS) from None
    async with transaction():
        await ceremonies.use(begun)
    return await identity_logins.open_for(caller, services, provider_id, person, device_token)


def _provider(services: Services, provider_id: str) -> OpenIDProvider:
    provider = services.providers.get(provider_id)
    if not isinstance(provider, OpenIDProvider):  # GitHub knows no ID tokens
        raise NotFound
    return provider
