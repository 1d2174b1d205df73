"""Logging in: the password or what stands in for it, then the second factor."""

from typing import Any

from starlette.responses import Response

from edge import cookies
from errors import EmailNotConfirmed, ExpiredToken, InvalidToken, Refusal
from resolvers import codes, factors, logins, passkey_logins, password_logins, sessions
from resolvers.logins import Login
from resolvers.proofs import Proof
from web.account.answers import home, onward, shown
from web.account.page import AccountPage, Whose, told
from web.account.visit import Visit
from web.proofs import answer_of, proof_of

SECOND = "/login/second-factor"
CODE = "/login/code"


async def _ways(visit: Visit) -> dict[str, Any]:
    """What a login begins with; of everything that is switched on."""
    started, settings = passkey_logins.start(visit.services), visit.settings
    return {
        "passkey": {"ceremony": started.token, "options": started.options, "origins": settings.passkey_origins},
        "providers": settings.providers,
        "login_codes": settings.login_codes,
    }


async def _by_password(visit: Visit) -> Response:
    try:
        login = await password_logins.login(
            visit.caller,
            visit.services,
            email=visit.typed("email"),
            password=visit.typed("password"),
            device_token=cookies.device_in(visit.request),
        )
    except factors.SecondFactorNeeded as needed:
        return second_step(visit, needed)
    except EmailNotConfirmed as refusal:
        return await refused(visit, refusal, unconfirmed=True)
    return await opened(visit, login)


async def _by_passkey(visit: Visit) -> Response:
    login = await passkey_logins.login(
        visit.caller,
        visit.services,
        ceremony=visit.typed("ceremony"),
        answer=answer_of(visit.typed("credential")),
        device_token=cookies.device_in(visit.request),
    )
    return await opened(visit, login)


async def _by_factor(visit: Visit) -> Response:
    answer = answer_of(visit.typed("credential"))
    proof = proof_of(visit.typed("code")) if answer is None else Proof(passkey=answer)
    try:
        login = await logins.finish(
            visit.caller,
            visit.services,
            ticket=cookies.ticket_in(visit.request),
            proof=proof,
            remember=bool(visit.typed("remember")),
        )
    except (InvalidToken, ExpiredToken):
        return over(visit)
    return await opened(visit, login)


async def _asked(visit: Visit) -> dict[str, Any]:
    """What the second step asks for, by the browser's ticket; nothing where that is over."""
    try:
        needed = await logins.look(visit.services, cookies.ticket_in(visit.request))
    except (InvalidToken, ExpiredToken):
        return {"methods": [], "passkey": None}
    passkey = {"options": needed.passkey_options} if needed.passkey_options else None
    return {"methods": [method.name for method in needed.methods], "passkey": passkey}


async def _request_code(visit: Visit) -> Response:
    device_token = cookies.device_in(visit.request)
    email, ticket = await codes.request(visit.caller, visit.services, visit.typed("email"), device_token)
    response = onward(visit, f"{CODE}/enter", "code_sent", email)
    cookies.put_ticket(visit.request, response, ticket.token)
    return response


async def _by_code(visit: Visit) -> Response:
    try:
        login = await codes.login(
            visit.caller,
            visit.services,
            ticket=cookies.ticket_in(visit.request),
            code=visit.typed("code"),
            device_token=cookies.device_in(visit.request),
        )
    except factors.SecondFactorNeeded as needed:
        return second_step(visit, needed)
    except ExpiredToken:
        return over(visit)
    return await opened(visit, login)


def second_step(visit: Visit, needed: factors.SecondFactorNeeded) -> Response:
    """The way to the second step, with the ticket for it in a cookie."""
    response = onward(visit, SECOND)
    cookies.with_ticket(visit.request, response, needed)
    return response


def over(visit: Visit) -> Response:
    """The way back to the first step of a login that is over."""
    response = onward(visit, "/login", "login_ended")
    cookies.clear_ticket(visit.request, response)
    return response


async def refused(visit: Visit, refusal: Refusal, **context: object) -> Response:
    """The first step again, with why the last one came to nothing."""
    errors, known = told(visit, refusal, {}), await _ways(visit) | context
    return shown(visit, "login", refusal=refusal, errors=errors, scripts=True, **known)


async def opened(visit: Visit, login: Login) -> Response:
    """The way on, with what cookie mode keeps of a session that was opened."""
    # Whoever came by a service that is not linked yet can do so now.
    waits = cookies.page_in(visit.request, cookies.LINKING)
    response = onward(visit, "/account/services") if waits else home(visit)
    tokens = await sessions.tokens_of(visit.services, login.session)
    cookies.put_login(visit.request, response, login, tokens.refresh_token)
    cookies.clear_ticket(visit.request, response)
    return response


PAGES = (
    AccountPage(
        path="/login",
        template="login",
        acts={"": _by_password, "passkey": _by_passkey},
        known=_ways,
        whose=Whose.STRANGER,
        scripts=True,
    ),
    AccountPage(
        path=SECOND,
        template="second_factor",
        acts={"": _by_factor},
        known=_asked,
        whose=Whose.STRANGER,
        blamed={"refusal.invalid_proof": "code"},
        scripts=True,
    ),
)

CODE_PAGES = (
    AccountPage(path=CODE, template="login_code", acts={"": _request_code}, whose=Whose.STRANGER),
    AccountPage(
        path=f"{CODE}/enter",
        template="login_code_enter",
        acts={"": _by_code},
        whose=Whose.STRANGER,
        blamed={"refusal.invalid_proof": "code"},
    ),
)
