"""What a client may take of us before anybody knows who it is."""

from datetime import timedelta

from pydantic import Field

from settings.lifetimes import Lifetime
from settings.part import Part


class ConnectionSettings(Part):
    """Connections and the requests on them."""

    trusted_proxy_count: int = Field(
        0, ge=0, description="proxies in front that write X-Forwarded-For; without any it is ignored"
    )
    max_body_bytes: int = Field(100_000, ge=1_000, description="the largest request body")
    receive_deadline: Lifetime = Field(
        timedelta(seconds=10),
        description="how long a client may take to send a head, then its body, and to read an answer that waits",
    )
    max_connections: int = Field(800, ge=1, description="clients at once; who comes then gets a 503 (see `ulimit -n`)")
