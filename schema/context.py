"""What every resolver of a request can reach."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from functools import cached_property

from starlette.requests import Request
from starlette.responses import Response
from strawberry import Info as StrawberryInfo

from edge import callers
from errors import Unauthenticated
from models import Session
from resolvers.caller import Caller
from resolvers.services import Services


@dataclass
class Context:
    """The request, the services, and who asks. `met_problem` says whether a problem is among what is answered."""

    request: Request
    services: Services
    caller: Caller
    met_problem: bool = False
    _is_known: bool = False
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    @cached_property
    def response(self) -> Response:
        """Where cookies are put, for the answer."""
        return Response()

    def cookies(self) -> list[tuple[bytes, bytes]]:
        """The headers that put them."""
        response: Response | None = self.__dict__.get("response")
        return [header for header in response.raw_headers if header[0] == b"set-cookie"] if response else []

    async def is_signed_in(self) -> bool:
        """Whether the request's access token is good, looked up once; `caller` then knows its session."""
        async with self._lock:
            if not self._is_known:
                with contextlib.suppress(Unauthenticated):
                    self.caller = await callers.signed_in(self.request, self.caller, self.services)
                self._is_known = True
        return self.caller.session is not None

    async def sign_in(self, session: Session) -> None:
        """Whoever opened this session asks from now on, whatever access token came with the request."""
        async with self._lock:
            self.caller = self.caller._replace(session=session)
            self._is_known = True


Info = StrawberryInfo[Context, None]
