"""The link to a new password."""

from resolvers import passwords
from resolvers.caller import Caller
from resolvers.services import Services
from web.links.bodies import Fields
from web.links.page import LinkPage, Outcome


async def _look(_caller: Caller, _services: Services, token: str) -> Outcome:
    return Outcome("waiting", await passwords.look_reset(token))


async def _reset(caller: Caller, services: Services, fields: Fields) -> Outcome:
    token, new_password = fields.get("token", ""), fields.get("newPassword", "")
    reset = await passwords.reset(caller, services, token=token, new_password=new_password)
    return Outcome("reset", reset.email, device_token=reset.device_token)


async def _resend(caller: Caller, services: Services, token: str) -> Outcome:
    return Outcome("resent", await passwords.resend_reset(caller, services, token))


PAGES = (
    LinkPage(
        path="/reset-password",
        look=_look,
        act=_reset,
        resend=_resend,
        templates={
            "waiting": "reset_password",
            "invalid_input": "reset_password",
            "reset": "password_reset",
            "expired": "link_expired_reset",
            "invalid": "link_invalid",
            "resent": "resent",
        },
    ),
)
