"""What is written in one turn of the event loop goes out together: to write is the dearest thing that a server does."""

import asyncio
from typing import Any

LARGE_BYTES = 64 * 1024  # as much as asyncio's transports hold before they ask for a pause


class Writes:
    """A transport that sends the head of an answer with its body: uvicorn writes them one after the other."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._held: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send it with whatever else comes in this turn; what is large goes at once."""
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)
        self._size += len(data)
        if self._size > LARGE_BYTES:
            self.flush()

    def close(self) -> None:
        """Close it when everything is sent."""
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Send what is held, unless nobody is there any more."""
        held, self._held, self._size = self._held, [], 0
        if held and not self._transport.is_closing():
            self._transport.write(b"".join(held))
