"""Second factors, as a frontend and an authenticator app know them."""

import base64
import time
from dataclasses import dataclass
from typing import Any

from models import TotpSecret
from security import totp
from tests.support.outbox import done_with
from tests.support.postern import EMAIL, LOGIN, PASSWORD, Postern

PROBLEM = "... on StepUpNeeded { methods } ... on Problem { message }"
LOGIN_IN_STEPS = LOGIN.replace(
    "... on Problem", "... on SecondFactorNeeded { ticket expiresAt methods passkeyOptions } ... on Problem", 1
)
COMPLETE = """mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { __typename
  ... on LoggedIn { accessToken expiresAt refreshToken deviceToken user { id email } }
  ... on Problem { message } } }"""
START = f"mutation {{ startTotp {{ __typename ... on TotpStarted {{ secret uri qrCode expiresAt }} {PROBLEM} }} }}"
CONFIRM_TOTP = f"""mutation ($input: ConfirmTotpInput!) {{ confirmTotp(input: $input) {{ __typename
  ... on TotpConfirmed {{ recoveryCodes sessionsRevoked }} {PROBLEM} }} }}"""
REMOVE = f"mutation {{ removeTotp {{ __typename ... on TotpRemoved {{ secondFactorLeft }} {PROBLEM} }} }}"
NEW_CODES = f"""mutation {{ createRecoveryCodes {{ __typename
  ... on RecoveryCodesCreated {{ recoveryCodes }} {PROBLEM} }} }}"""
FORGET = "mutation { forgetDevices { count } }"
START_STEP_UP = """mutation ($input: StartStepUpInput!) { startStepUp(input: $input) { __typename
  ... on StepUpStarted { ceremony expiresAt passkeyOptions } ... on InvalidInput { errors { field code } }
  ... on Problem { message } } }"""
STEP_UP = """mutation ($input: StepUpInput!) { stepUp(input: $input) { __typename
  ... on SteppedUp { until } ... on Problem { message } } }"""
FACTORS = "{ me { secondFactors { required totpSince recoveryCodesLeft rememberedDevices } } }"
NONE = {"required": False, "totpSince": None, "recoveryCodesLeft": 0, "rememberedDevices": 0}


@dataclass
class App:
    """Somebody's authenticator app, and the recovery codes that they have put away."""

    secret: bytes
    recovery_codes: list[str]

    def code(self, steps: int = 0) -> str:
        """The code that it shows now, or so many steps from now."""
        return totp.code_of(self.secret, int(time.time()) // totp.PERIOD_SECONDS + steps)

    async def fresh_code(self) -> str:
        """The code of now, though one of now or later has been used: nobody waits half a minute."""
        await TotpSecret.all().update(last_step=0)
        return self.code()

    def wrong_code(self) -> str:
        """Six digits that are none of its."""
        known = {self.code(steps) for steps in range(-2, 3)}
        return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in known)


async def ask(server: Postern, query: str, login: dict[str, Any]) -> dict[str, Any]:
    """What the only field of an operation without an input gives back."""
    body = await server.ask(query, token=login["accessToken"])
    assert "errors" not in body, body
    (result,) = body["data"].values()
    return dict(result)


async def set_up(server: Postern, login: dict[str, Any]) -> App:
    """An app whose codes this account's logins ask for from now on."""
    started = await ask(server, START, login)
    app = App(base64.b32decode(started["secret"]), [])
    confirmed = await server.do(CONFIRM_TOTP, login["accessToken"], code=app.code())
    assert confirmed["__typename"] == "TotpConfirmed", confirmed
    app.recovery_codes = confirmed["recoveryCodes"] or []
    await done_with("totp_confirmed")  # so that whoever waits for the next letter gets that
    return app


async def factors(server: Postern, login: dict[str, Any]) -> dict[str, Any]:
    """What protects the account, as its owner sees it."""
    me = (await server.ask(FACTORS, token=login["accessToken"]))["data"]["me"]
    return dict(me["secondFactors"])


async def first_step(server: Postern, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
    """The answer to a password: a ticket, where the account has a second factor."""
    return await server.do(LOGIN_IN_STEPS, email=email, password=password, **more)


async def ticket(server: Postern, email: str = EMAIL, password: str = PASSWORD) -> str:
    """A ticket that is fresh."""
    needed = await first_step(server, email, password)
    assert needed["__typename"] == "SecondFactorNeeded", needed
    return str(needed["ticket"])


async def complete(server: Postern, ticket: str | None, **proof: Any) -> dict[str, Any]:
    """The answer to a proof."""
    remember = {"rememberDevice": True} if proof.pop("remember", False) else {}
    given = {"ticket": ticket} if ticket is not None else {}
    return await server.do(COMPLETE, **given, proof=proof, **remember)


async def in_steps(server: Postern, app: App, email: str = EMAIL, **more: Any) -> dict[str, Any]:
    """A login in both steps, by the app."""
    return await complete(server, await ticket(server, email), totpCode=await app.fresh_code(), **more)
