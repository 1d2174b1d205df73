"""Who may ask for a field."""

from typing import Any

from strawberry.permission import BasePermission

from errors import Unauthenticated
from resolvers import sessions
from schema.context import Info


class Public(BasePermission):
    """Lets everybody through. To say so is a decision: a field that names no permission fails a test."""

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # noqa: ARG002
        """Always."""
        return True


class SignedIn(BasePermission):
    """Lets through whoever sends `Authorization: Bearer …` with a valid access token of an open session."""

    message = Unauthenticated.message
    error_extensions = {"code": "UNAUTHENTICATED"}  # noqa: RUF012 - declared so by the base class

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # noqa: ARG002
        """Whether the token is good; the session it belongs to is then in the context."""
        scheme, _, token = info.context.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return False
        try:
            info.context.session = await sessions.authenticate(info.context.services, token.strip())
        except Unauthenticated:
            return False
        return True
