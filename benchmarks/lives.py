"""One life of an account, from its registration to its end: how long each operation takes."""

import secrets
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import postern
from benchmarks.postern import LOGIN, ME, PASSWORD, REGISTER
from benchmarks.processes import PATIENCE_SECONDS, Server, until

NEW_PASSWORD = "a louder gate at dawn"  # noqa: S105 - of accounts that live for one run
OFTEN = 5  # of what changes nothing
SESSIONS = "{ me { sessions { id createdAt lastUsedAt expiresAt userAgent ipAddress methods current } } }"
EXPORT = "{ me { exportMyData } }"
LOGOUT = "mutation { logout { sessionId } }"
REVOKE_OTHERS = "mutation { revokeOtherSessions { count } }"
Times = dict[str, list[float]]


def mutation(name: str, answer: str, optional: bool = False) -> str:
    """The mutation of a name, whose input is named after it."""
    kind = f"{name[0].upper()}{name[1:]}Input{'' if optional else '!'}"
    return f"mutation ($input: {kind}) {{ {name}(input: $input) {{ __typename {answer} }} }}"


class Lives:
    """Lives on one server, whose letters are in the development mailbox; `times` are milliseconds by operation."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.times: Times = defaultdict(list)
        self._folder = folder
        self._http = httpx2.Client(base_url=server.url, timeout=PATIENCE_SECONDS)
        self._token = ""

    def live(self) -> None:
        """Go through one. Raises AssertionError where an answer is not the one hoped for."""
        self._token = ""
        email, other = (f"{secrets.token_hex(8)}@{domain}.example.com" for domain in ("old", "new"))
        self._asked("register", REGISTER, "Registered", email=email, password=PASSWORD)
        link = self._letters_token("confirm-email", email)
        self._sent("resendConfirmation", "ConfirmationSent", email=email)
        self._sent("confirmEmail", "EmailConfirmed", token=link)
        self._asked("login, wrong password", LOGIN, "InvalidCredentials", email=email, password="wrong")  # noqa: S106
        first = self._log_in(email, PASSWORD)
        self._log_in(email, PASSWORD)
        for _ in range(OFTEN):
            for name, query in (("me", ME), ("me.sessions", SESSIONS), ("me.exportMyData", EXPORT)):
                self._timed(name, {"query": query})
        refresh = first["refreshToken"]
        for _ in range(OFTEN):
            query = mutation("refresh", "... on Refreshed { refreshToken }", optional=True)
            refresh = self._asked("refresh", query, "Refreshed", refreshToken=refresh)["refreshToken"]
        self._timed("revokeOtherSessions", {"query": REVOKE_OTHERS})
        self._sent("updateProfile", "ProfileUpdated", name="Ann")
        self._sent("changePassword", "PasswordChanged", currentPassword=PASSWORD, newPassword=NEW_PASSWORD)
        self._sent("requestEmailChange", "EmailChangeRequested", newEmail=other, password=NEW_PASSWORD)
        self._sent("confirmEmailChange", "EmailChanged", token=self._letters_token("confirm-email-change", other))
        self._sent("undoEmailChange", "EmailChangeUndone", token=self._letters_token("undo-email-change", email))
        self._sent("requestPasswordReset", "PasswordResetSent", email=email)
        link = self._letters_token("reset-password", email)
        self._sent("resetPassword", "PasswordReset", token=link, newPassword=PASSWORD)
        self._log_in(email, PASSWORD)
        self._timed("logout", {"query": LOGOUT})
        self._log_in(email, PASSWORD)
        self._sent("deleteAccount", "AccountDeleted", password=PASSWORD)

    def _log_in(self, email: str, password: str) -> dict[str, Any]:
        self._token = ""
        query = mutation("login", "... on LoggedIn { accessToken refreshToken }")
        tokens = self._asked("login", query, "LoggedIn", email=email, password=password)
        self._token = tokens["accessToken"]
        return tokens

    def _sent(self, name: str, hoped: str, /, **inputs: str) -> dict[str, Any]:
        return self._asked(name, mutation(name, ""), hoped, **inputs)

    def _asked(self, name: str, query: str, hoped: str, /, **inputs: str) -> dict[str, Any]:
        (result,) = self._timed(name, {"query": query, "variables": {"input": inputs}}).values()
        assert result["__typename"] == hoped, (name, result)  # noqa: S101
        return dict(result)

    def _timed(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        started = time.perf_counter()
        answer = self._http.post("/graphql", json=body, headers=headers)
        self.times[name].append((time.perf_counter() - started) * 1000)
        told = answer.json()
        assert "errors" not in told, (name, told)  # noqa: S101
        return dict(told["data"])

    def _letters_token(self, path: str, address: str) -> str:
        """The token of the newest link to this path in the letters to an address, once that has come."""
        return until(lambda: postern.token_to(self._folder, address, path))
