"""What every resolver of a request can reach."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from strawberry import Info as StrawberryInfo

from models import Session
from resolvers.services import Client, Services


@dataclass
class Context:
    """The request, the headers of its answer, the services, and the session once the permission has found it."""

    request: Request
    response: Response
    services: Services
    session: Session | None = None

    @property
    def signed_in(self) -> Session:
        """The session, for fields that only signed-in users may ask for."""
        assert self.session  # noqa: S101 - the permission comes first
        return self.session

    @property
    def client(self) -> Client:
        """Where the request comes from."""
        peer = self.request.client
        return Client(peer.host if peer else None, self.request.headers.get("user-agent"))


Info = StrawberryInfo[Context, None]
