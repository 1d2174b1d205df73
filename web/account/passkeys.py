"""One's passkeys: added, renamed and taken away."""

from typing import Any

from starlette.responses import Response

from resolvers import passkeys
from web.account.answers import onward, shown
from web.account.page import AccountPage
from web.account.visit import Visit
from web.proofs import answer_of

PATH = "/account/passkeys"


async def _shown(visit: Visit) -> dict[str, Any]:
    return {"passkeys": await passkeys.of(visit.user.id)}


async def _start(visit: Visit) -> Response:
    """The page on which a browser makes one. Nothing is kept of this, so it is an answer and no redirect."""
    started = await passkeys.start(visit.caller, visit.services)
    origins = visit.settings.passkey_origins
    passkey = {"ceremony": started.token, "options": started.options, "origins": origins}
    return shown(visit, "passkey_new", scripts=True, passkey=passkey)


async def _add(visit: Visit) -> Response:
    added = await passkeys.add(
        visit.caller,
        visit.services,
        ceremony=visit.typed("ceremony"),
        answer=answer_of(visit.typed("credential")),
        name=visit.typed("name"),
        second_factor=bool(visit.typed("secondFactor")),
    )
    if added.recovery_codes:
        return shown(visit, "recovery_codes", codes=added.recovery_codes, onward=PATH)
    return onward(visit, PATH, "passkey_added")


async def _rename(visit: Visit) -> Response:
    await passkeys.rename(visit.caller, visit.typed("id"), visit.typed("name"))
    return onward(visit, PATH, "passkey_renamed")


async def _remove(visit: Visit) -> Response:
    await passkeys.remove(visit.caller, visit.services, visit.typed("id"))
    return onward(visit, PATH, "passkey_removed")


PAGES = (
    AccountPage(
        path=PATH,
        template="passkeys",
        acts={"start": _start, "add": _add, "rename": _rename, "remove": _remove},
        known=_shown,
    ),
)
