"""What every resolver of a request can reach."""

from dataclasses import dataclass

from starlette.requests import Request
from strawberry import Info as StrawberryInfo

from models import Session
from resolvers.services import Services


@dataclass
class Context:
    """The request, the services, and the session once the permission has found it."""

    request: Request
    services: Services
    session: Session | None = None

    @property
    def ip_address(self) -> str | None:
        """Where the connection comes from."""
        return self.request.client.host if self.request.client else None

    @property
    def user_agent(self) -> str | None:
        """What the client calls itself."""
        return self.request.headers.get("user-agent")


Info = StrawberryInfo[Context, None]
