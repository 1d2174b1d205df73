"""A mail server that takes every letter at once and notes what came: `python benchmarks/sink.py file`.

A line of the file for each letter: when it was taken, in seconds since 1970, and its Message-ID.
"""

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import BinaryIO

END = b"\r\n.\r\n"  # RFC 5321 §4.1.1.4
MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
REPLIES = {b"EHLO": b"250-sink\r\n250 SMTPUTF8\r\n", b"DATA": b"354 Go on\r\n", b"QUIT": b"221 Goodbye\r\n"}
OK = b"250 OK\r\n"


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, received: BinaryIO) -> None:
        self._received = received
        self._buffer = bytearray()
        self._in_letter = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet whoever comes."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the types alone
        self._transport = transport
        transport.write(b"220 sink ready\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer each command, and each letter, that is whole by now."""
        self._buffer += data
        while (end := self._buffer.find(END if self._in_letter else b"\r\n")) >= 0:
            part = bytes(self._buffer[:end])
            del self._buffer[: end + len(END if self._in_letter else b"\r\n")]
            self._transport.write(self._kept(part) if self._in_letter else self._answered(part))

    def _kept(self, letter: bytes) -> bytes:
        found = MESSAGE_ID.search(letter)
        self._received.write(b"%f %s\n" % (time.time(), found[1] if found else b"-"))
        self._in_letter = False
        return OK

    def _answered(self, command: bytes) -> bytes:
        verb = command[:4].upper()
        self._in_letter = verb == b"DATA"
        return REPLIES.get(verb, OK)


async def listen(received: BinaryIO) -> None:
    """Listen on 127.0.0.1, on whichever port is free, until stopped."""
    server = await asyncio.get_running_loop().create_server(lambda: Sink(received), "127.0.0.1", 0)
    await server.serve_forever()


if __name__ == "__main__":
    with Path(sys.argv[1]).open("ab", buffering=0) as file:
        asyncio.run(listen(file))
