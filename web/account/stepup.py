"""Asking who is there, and going on with what was asked: nothing that was typed is lost meanwhile."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from edge.callers import locale_of
from edge.messages import message_of
from edge.visitors import visitor_of
from errors import ExpiredToken, InvalidToken, Refusal, StepUpMethod, StepUpNeeded
from resolvers import stepup, stepup_proofs
from web.account.answers import onward, shown
from web.account.visit import Visit
from web.proofs import answer_of, proof_of

ASKED = "asked"  # the field with what was asked before


class Answered(Exception):  # noqa: N818 - named for the fact, as the refusals are
    """Whoever is there has not proven it yet; they see this."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def is_answered(visit: Visit) -> bool:
    """Whether a form has come from the page that `asked` shows."""
    return ASKED in visit.fields


async def asked(visit: Visit, path: str, needed: StepUpNeeded) -> Response:
    """The page that asks who is there, and takes along what the page at `path` was asked."""
    return await _page(visit, path, needed.methods, _sealed(visit, path), told=message_of(needed, _locale(visit)))


async def proven(visit: Visit, path: str) -> Visit:
    """The visit as it was before, by a session that has proven who is there. Raises Answered where it has not."""
    before = _opened(visit, path)
    if before is None:
        raise Answered(onward(visit, path, "begin_again"))
    if StepUpMethod.MAILED_CODE.value == visit.typed("send"):
        raise Answered(await _mailed(visit, path))
    try:
        await _prove(visit)
    except (InvalidToken, ExpiredToken) as refusal:  # of a ceremony that is over: the next page begins another
        raise Answered(await _again(visit, path, refusal, ceremony="")) from None
    except Refusal as refusal:
        raise Answered(await _again(visit, path, refusal, ceremony=visit.typed("ceremony"))) from None
    # As it is now: what is asked goes by when the session has proven it.
    return replace(visit, caller=await visitor_of(visit.request), fields=before)


async def _prove(visit: Visit) -> None:
    caller, services, ceremony = visit.caller, visit.services, visit.typed("ceremony")
    if "password" in visit.fields:
        await stepup_proofs.by_password(caller, services, visit.typed("password"))
    elif visit.typed("credential"):
        await stepup_proofs.by_passkey(caller, services, answer_of(visit.typed("credential")), ceremony)
    elif "mailedCode" in visit.fields:
        await stepup_proofs.by_code(caller, services, ceremony, visit.typed("mailedCode"))
    else:
        await stepup_proofs.by_factor(caller, services, proof_of(visit.typed("code")))


async def _mailed(visit: Visit, path: str) -> Response:
    try:
        started = await stepup_proofs.start(visit.caller, visit.services, StepUpMethod.MAILED_CODE)
    except Refusal as refusal:
        return await _again(visit, path, refusal, ceremony="")
    return await _page(visit, path, [StepUpMethod.MAILED_CODE], visit.typed(ASKED), ceremony=started.token)


async def _again(visit: Visit, path: str, refusal: Refusal, *, ceremony: str) -> Response:
    methods = await stepup.methods(visit.services, visit.user)
    return await _page(visit, path, methods, visit.typed(ASKED), refusal=refusal, ceremony=ceremony)


async def _page(
    visit: Visit,
    path: str,
    methods: Sequence[StepUpMethod],
    asked: str,
    *,
    told: str = "",
    refusal: Refusal | None = None,
    ceremony: str = "",
) -> Response:
    passkey: dict[str, Any] | None = None
    if StepUpMethod.PASSKEY in methods:
        started = await stepup_proofs.start(visit.caller, visit.services, StepUpMethod.PASSKEY)
        passkey = {"ceremony": started.token, "options": started.options}
    return shown(
        visit,
        "step_up",
        refusal=refusal,
        errors={"": [message_of(refusal, _locale(visit))]} if refusal else {},
        scripts=passkey is not None,
        action=visit.address(path),
        methods=[method.value for method in methods],
        told=told,
        asked=asked,
        ceremony=ceremony,
        passkey=passkey,
    )


def _sealed(visit: Visit, path: str) -> str:
    """What was asked, passwords and all, as only this session brings it back to this very page."""
    text = json.dumps(visit.fields).encode()
    return urlsafe_b64encode(visit.services.form_seal.seal(text, visit.caller.signed_in.id, path)).decode()


def _opened(visit: Visit, path: str) -> dict[str, str] | None:
    try:
        sealed = urlsafe_b64decode(visit.typed(ASKED).encode())
        text = visit.services.form_seal.open(sealed, visit.caller.signed_in.id, path)
    except ValueError:
        return None
    fields: dict[str, str] = json.loads(text)
    return fields


def _locale(visit: Visit) -> str:
    return locale_of(visit.request)
