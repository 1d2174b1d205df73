"""What is behind each link."""

from resolvers import emails, passwords, registration
from resolvers.caller import Caller
from resolvers.services import Services
from web.bodies import Fields
from web.shims import Outcome, Shim


async def _look_confirmation(_caller: Caller, _services: Services, token: str) -> Outcome:
    link = await registration.look(token)
    return Outcome("already_confirmed" if link.already else "waiting", link.email)


async def _confirm(caller: Caller, services: Services, fields: Fields) -> Outcome:
    confirmed = await registration.confirm(caller, services, fields.get("token", ""))
    return Outcome("already_confirmed" if confirmed.already else "confirmed", confirmed.email)


async def _resend_confirmation(caller: Caller, services: Services, token: str) -> Outcome:
    link = await registration.resend_same(caller, services, token)
    return Outcome("already_confirmed" if link.already else "resent", link.email)


async def _look_reset(_caller: Caller, _services: Services, token: str) -> Outcome:
    return Outcome("waiting", await passwords.look_reset(token))


async def _reset(caller: Caller, services: Services, fields: Fields) -> Outcome:
    token, new_password = fields.get("token", ""), fields.get("newPassword", "")
    reset = await passwords.reset(caller, services, token=token, new_password=new_password)
    return Outcome("reset", reset.email, device_token=reset.device_token)


async def _resend_reset(caller: Caller, services: Services, token: str) -> Outcome:
    return Outcome("resent", await passwords.resend_reset(caller, services, token))


async def _look_change(_caller: Caller, _services: Services, token: str) -> Outcome:
    change = await emails.look_change(token)
    return Outcome("waiting", change.new_email, account=change.account)


async def _change(caller: Caller, services: Services, fields: Fields) -> Outcome:
    return Outcome("changed", await emails.confirm_change(caller, services, fields.get("token", "")))


async def _look_undo(_caller: Caller, _services: Services, token: str) -> Outcome:
    return Outcome("waiting", await emails.look_undo(token))


async def _undo(caller: Caller, services: Services, fields: Fields) -> Outcome:
    return Outcome("undone", await emails.undo_change(caller, services, fields.get("token", "")))


SHIMS = (
    Shim(
        path="/confirm-email",
        look=_look_confirmation,
        act=_confirm,
        resend=_resend_confirmation,
        acts_on_get=lambda services: services.settings.confirm_on_get,
        pages={
            "waiting": "confirm_email",
            "confirmed": "confirmed",
            "already_confirmed": "already_confirmed",
            "expired": "expired",
            "invalid": "invalid",
            "resent": "resent",
        },
    ),
    Shim(
        path="/reset-password",
        look=_look_reset,
        act=_reset,
        resend=_resend_reset,
        pages={
            "waiting": "reset_password",
            "invalid_input": "reset_password",
            "reset": "password_reset",
            "expired": "link_expired_reset",
            "invalid": "link_invalid",
            "resent": "resent",
        },
    ),
    Shim(
        path="/confirm-email-change",
        look=_look_change,
        act=_change,
        pages={
            "waiting": "confirm_email_change",
            "changed": "email_changed",
            "expired": "link_expired_change",
            "invalid": "link_invalid",
        },
    ),
    Shim(
        path="/undo-email-change",
        look=_look_undo,
        act=_undo,
        pages={
            "waiting": "undo_email_change",
            "undone": "email_change_undone",
            "expired": "link_expired_change",
            "invalid": "link_invalid",
        },
    ),
)
