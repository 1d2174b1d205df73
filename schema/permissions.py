"""Who may ask for a field."""

from functools import cache
from typing import Any, ClassVar

from strawberry.permission import BasePermission

from errors import Forbidden, Unauthenticated
from models import Permission
from resolvers.permissions import check
from schema.context import Info


class Public(BasePermission):
    """Lets everybody through. To say so is a decision: a field that names no permission fails a test."""

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # noqa: ARG002
        """Always."""
        return True


class LoginCodes(Public):
    """Lets everybody through where LOGIN_CODES says that people may log in with a code by mail."""

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # noqa: ARG002
        """Whether they may here."""
        return info.context.services.settings.login_codes

    def on_unauthorized(self) -> None:
        """A program's mistake: its server does not do this."""
        raise Forbidden("refusal.no_login_codes")


class SignedIn(BasePermission):
    """Lets through whoever sends `Authorization: Bearer …` with a valid access token of an open session."""

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # noqa: ARG002
        """Whether the token is good; the session that it belongs to is then the caller's."""
        return await info.context.is_signed_in()

    def on_unauthorized(self) -> None:
        """A refusal as every other: `schema.failures` has its code and its words."""
        raise Unauthenticated


class Own(SignedIn):
    """Lets through whom the account belongs to: signed in by the request's access token, or by this very login."""

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        """Whether the caller's account is the one whose field this is."""
        signed_in = await super().has_permission(source, info, **kwargs)
        return signed_in and source.row.id == info.context.caller.signed_in.user.id


class May(SignedIn):
    """Lets through whose roles have a permission, in a session that has proven a second factor."""

    permission: ClassVar[Permission]

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        """Whether they are signed in. Raises Forbidden where that is not enough."""
        if not await super().has_permission(source, info, **kwargs):
            return False
        session = info.context.caller.signed_in
        check(session, await info.context.services.roles.load(session.user.id), self.permission)
        return True


@cache
def may(permission: Permission) -> type[May]:
    """The class of this permission."""
    return type(f"May{permission.title().replace('_', '')}", (May,), {"permission": permission})
