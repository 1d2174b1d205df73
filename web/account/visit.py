"""Somebody at a page: who that is, where they want to go on to, and what they have typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request

from edge.callers import services_of
from edge.visitors import visitor_of
from resolvers.caller import Caller
from resolvers.services import Services
from settings import Settings
from web.links.bodies import Fields

OURS = re.compile(r"/account(/[a-z-]+)?")  # the pages that a login leads back to: no address of others' looks so


class UnknownReturn(Exception):  # noqa: N818 - named for the fact, as the refusals are
    """The address to return to is not among RETURN_URLS: nobody is sent there."""


@dataclass(frozen=True)
class Visit:
    """One request for a page. `return_to` is one of RETURN_URLS, `next` a page of ours; both may be empty."""

    request: Request
    caller: Caller
    return_to: str = ""
    next: str = ""
    fields: Fields = field(default_factory=dict, repr=False)

    @property
    def services(self) -> Services:
        """What the server works with."""
        return services_of(self.request)

    @property
    def settings(self) -> Settings:
        """What the server was told."""
        return self.services.settings

    @property
    def user(self) -> Any:
        """The account of somebody who is signed in."""
        return self.caller.signed_in.user

    def typed(self, name: str) -> str:
        """What a field holds, nothing where there is none."""
        return self.fields.get(name, "")

    def address(self, path: str, **more: str) -> str:
        """That of a page of ours, which still knows where its visitor wants to go on to."""
        kept = {"return_to": self.return_to, "next": self.next, **more}
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"{urlsplit(self.settings.public_url).path}{path}{'?' if query else ''}{query}"


async def visit_of(request: Request, wanted: Mapping[str, str] | None = None) -> Visit:
    """The visit that a request is; what its visitor has `wanted` is in its address, if nowhere else.

    Raises UnknownReturn.
    """
    wanted = request.query_params if wanted is None else wanted
    return_to, onward = wanted.get("return_to", ""), wanted.get("next", "")
    if return_to and return_to not in services_of(request).settings.return_urls:
        raise UnknownReturn
    return Visit(request, await visitor_of(request), return_to, onward if OURS.fullmatch(onward) else "")
