"""The links that confirm a change of address, and undo one."""

from resolvers import emails
from resolvers.caller import Caller
from resolvers.services import Services
from web.links.bodies import Fields
from web.links.page import LinkPage, Outcome


async def _look_change(_caller: Caller, _services: Services, token: str) -> Outcome:
    change = await emails.look_change(token)
    return Outcome("waiting", change.new_email, account=change.account)


async def _confirm_change(caller: Caller, services: Services, fields: Fields) -> Outcome:
    return Outcome("changed", await emails.confirm_change(caller, services, fields.get("token", "")))


async def _look_undo(_caller: Caller, _services: Services, token: str) -> Outcome:
    return Outcome("waiting", await emails.look_undo(token))


async def _undo_change(caller: Caller, services: Services, fields: Fields) -> Outcome:
    return Outcome("undone", await emails.undo_change(caller, services, fields.get("token", "")))


PAGES = (
    LinkPage(
        path="/confirm-email-change",
        look=_look_change,
        act=_confirm_change,
        templates={
            "waiting": "confirm_email_change",
            "changed": "email_changed",
            "expired": "link_expired_change",
            "invalid": "link_invalid",
        },
    ),
    LinkPage(
        path="/undo-email-change",
        look=_look_undo,
        act=_undo_change,
        templates={
            "waiting": "undo_email_change",
            "undone": "email_change_undone",
            "expired": "link_expired_change",
            "invalid": "link_invalid",
        },
    ),
)
