"""The link that confirms a registration."""

from resolvers import registration
from resolvers.caller import Caller
from resolvers.services import Services
from web.links.bodies import Fields
from web.links.page import LinkPage, Outcome


async def _look(_caller: Caller, _services: Services, token: str) -> Outcome:
    link = await registration.look(token)
    return Outcome("already_confirmed" if link.already else "waiting", link.email)


async def _confirm(caller: Caller, services: Services, fields: Fields) -> Outcome:
    confirmed = await registration.confirm(caller, services, fields.get("token", ""))
    return Outcome("already_confirmed" if confirmed.already else "confirmed", confirmed.email)


async def _resend(caller: Caller, services: Services, token: str) -> Outcome:
    link = await registration.resend_same(caller, services, token)
    return Outcome("already_confirmed" if link.already else "resent", link.email)


PAGES = (
    LinkPage(
        path="/confirm-email",
        look=_look,
        act=_confirm,
        resend=_resend,
        acts_on_get=lambda services: services.settings.confirm_on_get,
        templates={
            "waiting": "confirm_email",
            "confirmed": "confirmed",
            "already_confirmed": "already_confirmed",
            "expired": "expired",
            "invalid": "invalid",
            "resent": "resent",
        },
    ),
)
