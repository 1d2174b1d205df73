"""One service may keep some of us waiting, and not everybody."""

from collections.abc import Mapping

from outside.answers import LONGEST_SECONDS, Answer, Client, NoAnswer

MOST_AT_ONCE = 20  # of the hundred connections that there are for all: some 100 logins a second by a healthy service


class Bounded(Client):
    """Asks what few enough are waiting for, and refuses the rest at once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waiting = 0

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
        """What the client says. Raises NoAnswer."""
        if self._waiting >= MOST_AT_ONCE:
            raise NoAnswer(f"{MOST_AT_ONCE} are waiting already")
        self._waiting += 1
        try:
            return await self._client.ask(
                url, method=method, headers=headers, content=content, within=within, keep=keep
            )
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Leaves the client to whoever else asks by it."""
