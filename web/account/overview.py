"""What one's account is, at a glance."""

from typing import Any

from resolvers import identities, passkeys, sessions
from web.account.page import AccountPage
from web.account.visit import Visit


async def _known(visit: Visit) -> dict[str, Any]:
    user = visit.user
    return {
        "user": user,
        "factors": await visit.services.belongings.protection.load(user.id),
        "passkeys": await passkeys.of(user.id),
        "sessions": len(await sessions.open_ones(visit.services, user.id)),
        "services": await identities.named(visit.services, user),
        "providers": visit.settings.providers,
    }


PAGES = (AccountPage(path="/account", template="overview", known=_known),)
