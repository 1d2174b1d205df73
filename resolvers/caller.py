"""Who asks."""

from typing import NamedTuple

import locales
from models import Session
from security.throttle import address_block


class Caller(NamedTuple):
    """Who asks, from where, with which program and in which language; `session` is None for who is not signed in."""

    ip_address: str | None = None
    user_agent: str | None = None
    locale: str = locales.DEFAULT
    session: Session | None = None

    @property
    def block(self) -> str:
        """The address block whose attempts are counted together."""
        return address_block(self.ip_address)

    @property
    def signed_in(self) -> Session:
        """The session with its user, for operations that only signed-in users may ask for."""
        assert self.session  # noqa: S101 - the permission comes first
        return self.session
