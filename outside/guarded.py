"""Asking other servers, none of which can lead us to a machine of ours, keep us waiting or fill our memory."""

import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress

import anyio
import httpcore2

from outside.addresses import Endpoint, endpoints_of, is_public, is_public_or_ours
from outside.answers import LONGEST_BODY, LONGEST_SECONDS, Answer, NoAnswer
from settings import LOOPBACK

MOST_CONNECTIONS = 100
Resolve = Callable[[str, int], Awaitable[list[Endpoint]]]
IDLE_SECONDS = 15.0  # that a connection is kept for the next question
MOST_UNKEPT = 64 * 1024  # bytes of a body that nobody asks for, and
UNKEPT_SECONDS = 1.0  # how long they may take: more are cheaper not to be read


class GuardedClient:
    """Follows no redirect, asks no proxy, keeps no cookie and unpacks nothing: httpcore does none of it.

    A `local` one asks this machine too, by its names without TLS. `allows` says of an address whether to connect to
    it, `resolve` where a name leads, `trusted` whose certificates are good: what is given in their place is for whoever
    runs other servers beside this one.
    """

    def __init__(
        self,
        *,
        local: bool = False,
        allows: Callable[[str], bool] | None = None,
        resolve: Resolve = endpoints_of,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._plain = LOOPBACK if local else ()
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trusted or httpcore2.default_ssl_context(),
            max_connections=MOST_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=_Guard(allows or (is_public_or_ours if local else is_public), resolve),
        )

    async def ask(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        within: float = LONGEST_SECONDS,
        keep: bool = True,
    ) -> Answer:
        """What the server of an address says within so many seconds; no body where it is not to `keep` that.

        Raises NoAnswer.
        """
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), within)
        sent = {"Accept-Encoding": "identity", "User-Agent": "Postern", **(headers or {})}
        try:
            parts = httpcore2.URL(url.encode("ascii"))
            plain = parts.scheme == b"http" and parts.host.decode().strip("[]") in self._plain
            if (parts.scheme != b"https" and not plain) or not parts.host:
                raise NoAnswer("is no https address")
            with anyio.fail_after(within):
                async with self._pool.stream(
                    method, parts, headers=list(sent.items()), content=content, extensions={"timeout": timeouts}
                ) as response:
                    return Answer(response.status, await (_body(response) if keep else _nothing(response)))
        except (TimeoutError, httpcore2.TimeoutException):
            raise NoAnswer(f"none within {within:g} s") from None
        except httpcore2.ProtocolError as error:  # whose words quote what was received
            raise NoAnswer(type(error).__name__) from None
        except TypeError:  # httpcore's, whose words are of its own code
            raise NoAnswer("a header that cannot be sent") from None
        except (httpcore2.NetworkError, OSError, ValueError) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from None

    async def close(self) -> None:
        """Gives its connections up."""
        await self._pool.aclose()


async def _body(response: httpcore2.Response) -> bytes:
    if any(name.lower() == b"content-encoding" and value.lower() != b"identity" for name, value in response.headers):
        raise NoAnswer("is packed, though it was not to be")
    body = bytearray()
    async for piece in response.aiter_stream():
        body += piece
        if len(body) > LONGEST_BODY:
            raise NoAnswer(f"more than {LONGEST_BODY} bytes")
    return bytes(body)


async def _nothing(response: httpcore2.Response) -> bytes:
    """Reads a little on, since the connection then serves again; what comes has been answered all the same."""
    left = MOST_UNKEPT
    with suppress(httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException):
        with anyio.move_on_after(UNKEPT_SECONDS):
            async for piece in response.aiter_stream():
                left -= len(piece)
                if left < 0:
                    break
    return b""


class _Guard(httpcore2.AnyIOBackend):
    """Connects to the very address that it has found to be allowed: a name that changes meanwhile changes nothing.

    TLS still asks for the name, since only the connection's address is another.
    """

    def __init__(self, allows: Callable[[str], bool], resolve: Resolve) -> None:
        self._allows = allows
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to the first address of the name that takes one. Raises NoAnswer where any is not allowed."""
        endpoints = await self._resolve(host, port)
        if not endpoints or not all(self._allows(address) for address, _ in endpoints):
            raise NoAnswer("is not at a public address")
        share = timeout and timeout / len(endpoints)  # so that one that hangs leaves time for the next
        for endpoint in endpoints[:-1]:
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return await super().connect_tcp(*endpoint, share, local_address, socket_options)
        return await super().connect_tcp(*endpoints[-1], share, local_address, socket_options)
