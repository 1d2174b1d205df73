"""Who a token belongs to."""

from datetime import UTC, datetime

from errors import Unauthenticated
from models import Session
from resolvers.services import Services
from security.tokens import UnknownKey


async def authenticate(services: Services, access_token: str) -> Session:
    """The open session that a token belongs to, with its user. Raises Unauthenticated for whatever reason."""
    try:
        claims = services.access_tokens.verify(access_token)
    except UnknownKey:
        await services.signing_keys.look_for_unknown()
        claims = services.access_tokens.verify(access_token)
    session = await services.sessions.load(claims.session_id)
    if session is None or session.user_id != claims.user_id or session.expires_at <= datetime.now(UTC):
        raise Unauthenticated
    if session.user.disabled_at:  # which has closed it: only a backup that was put back leaves any open
        raise Unauthenticated
    return session
