"""What is behind each link."""

from resolvers import confirmations, emails, passwords
from web.shims import Asker, Fields, Outcome, Shim


async def _look_confirmation(_: Asker, token: str) -> Outcome:
    link = await confirmations.look(token)
    return Outcome("already_confirmed" if link.already else "waiting", link.email)


async def _confirm(asker: Asker, fields: Fields) -> Outcome:
    confirmed = await confirmations.confirm(*asker, fields.get("token", ""))
    return Outcome("already_confirmed" if confirmed.already else "confirmed", confirmed.email)


async def _resend_confirmation(asker: Asker, token: str) -> Outcome:
    link = await confirmations.resend_same(*asker, token)
    return Outcome("already_confirmed" if link.already else "resent", link.email)


async def _look_reset(_: Asker, token: str) -> Outcome:
    return Outcome("waiting", await passwords.look_reset(token))


async def _reset(asker: Asker, fields: Fields) -> Outcome:
    token, new_password = fields.get("token", ""), fields.get("newPassword", "")
    return Outcome("reset", await passwords.reset(*asker, token=token, new_password=new_password))


async def _resend_reset(asker: Asker, token: str) -> Outcome:
    return Outcome("resent", await passwords.resend_reset(*asker, token))


async def _look_change(_: Asker, token: str) -> Outcome:
    return Outcome("waiting", await emails.look_change(token))


async def _change(asker: Asker, fields: Fields) -> Outcome:
    return Outcome("changed", await emails.confirm_change(*asker, fields.get("token", "")))


async def _look_undo(_: Asker, token: str) -> Outcome:
    return Outcome("waiting", await emails.look_undo(token))


async def _undo(asker: Asker, fields: Fields) -> Outcome:
    return Outcome("undone", await emails.undo_change(asker.services, fields.get("token", "")))


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
