"""The second factor: an authenticator app, recovery codes, and the devices that do without."""

from typing import Any

from starlette.responses import Response

from errors import ExpiredToken, StepUpNeeded
from resolvers import devices, recovery, totp
from web.account.answers import onward, shown
from web.account.page import AccountPage
from web.account.visit import Visit

PATH = "/account/second-factor"
APP = "/account/app"


async def _shown(visit: Visit) -> dict[str, Any]:
    return {"factors": await visit.services.belongings.protection.load(visit.user.id)}


async def _start(visit: Visit) -> Response:
    await totp.start(visit.caller, visit.services)
    return onward(visit, APP)


async def _waiting(visit: Visit) -> dict[str, Any]:
    """The secret that waits for its first code, None where it does not any more."""
    try:
        return {"started": await totp.look(visit.caller, visit.services)}
    except (ExpiredToken, StepUpNeeded):
        return {"started": None}


async def _confirm(visit: Visit) -> Response:
    confirmed = await totp.confirm(visit.caller, visit.services, visit.typed("code"))
    if confirmed.recovery_codes:
        return shown(visit, "recovery_codes", codes=confirmed.recovery_codes, onward=PATH)
    return onward(visit, PATH, "app_confirmed")


async def _remove(visit: Visit) -> Response:
    await totp.remove(visit.caller, visit.services)
    return onward(visit, PATH, "app_removed")


async def _new_codes(visit: Visit) -> Response:
    """They are shown once, by the answer itself: no address has them to be asked for again."""
    return shown(visit, "recovery_codes", codes=await recovery.create(visit.caller, visit.services), onward=PATH)


async def _forget_devices(visit: Visit) -> Response:
    await devices.forget_remembered(visit.caller)
    return onward(visit, PATH, "devices_forgotten")


PAGES = (
    AccountPage(
        path=PATH,
        template="factors",
        acts={"start": _start, "remove": _remove, "codes": _new_codes, "forget": _forget_devices},
        known=_shown,
    ),
    AccountPage(
        path=APP,
        template="app",
        acts={"": _confirm},
        known=_waiting,
        blamed={"refusal.invalid_proof": "code"},
    ),
)
