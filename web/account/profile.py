"""Name and language, one's data, and farewell."""

import json
from typing import Any

from starlette.responses import Response

from edge import cookies
from errors import InputErrorCode, Unacceptable
from locales import LOCALES
from resolvers import profile
from resolvers.inputs import Inputs
from web.account.answers import UNREAD, onward
from web.account.page import AccountPage
from web.account.visit import Visit

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français"}  # each as its speakers call it


async def _shown(visit: Visit) -> dict[str, Any]:
    languages = {locale: LANGUAGES.get(locale, locale) for locale in LOCALES}
    return {"user": visit.user, "languages": languages}


async def _save(visit: Visit) -> Response:
    await profile.update(visit.caller, {"name": visit.typed("name"), "locale": visit.typed("locale")})
    return onward(visit, "/account", "profile_saved")


async def _download(visit: Visit) -> Response:
    """A file with everything, for a reader and for programs."""
    text = json.dumps(await profile.export(visit.caller), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="account.json"', "Cache-Control": "no-store"}
    return Response(text, media_type="application/json", headers=headers | UNREAD)


async def _password(visit: Visit) -> dict[str, Any]:
    return {"user": visit.user, "has_password": bool(visit.user.password_hash)}


async def _delete(visit: Visit) -> Response:
    with Inputs() as inputs, inputs.field("sure"):
        if not visit.typed("sure"):
            raise Unacceptable(InputErrorCode.REQUIRED, "input.required")
    password = visit.typed("password") if visit.user.password_hash else None
    await profile.delete(visit.caller, visit.services, password)
    response = onward(visit, "/login", "account_deleted")
    cookies.clear(visit.request, response)
    return response


PAGES = (
    AccountPage(path="/account/profile", template="profile", acts={"": _save}, known=_shown),
    AccountPage(path="/account/data", template="data", acts={"": _download}),
    AccountPage(
        path="/account/delete",
        template="delete",
        acts={"": _delete},
        known=_password,
        blamed={"refusal.wrong_password": "password"},
    ),
)
