"""What may be typed for a webhook: where to, and what it is told."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from errors import InputErrorCode, Unacceptable
from events import subscribers
from outside.addresses import is_public, is_public_or_ours
from settings import LOOPBACK
from settings.addresses import page_address

LONGEST_URL = 2000


def known_names(names: Sequence[str]) -> Sequence[str]:
    """These events, each once. Raises Unacceptable, naming those there are."""
    known = subscribers.names()
    if unknown := set(names) - set(known):
        shown = next(iter(sorted(unknown)))[:40]
        raise Unacceptable(InputErrorCode.INVALID, "input.unknown_event", event=shown, events=", ".join(known))
    return sorted(set(names))


def known_url(value: str, *, local: bool) -> str:
    """The address as browsers write it, in ASCII. Raises Unacceptable.

    Where a name leads is looked at whenever it is asked, here what is an address already. A `local` server may tell
    this machine, and that without TLS.
    """
    if not value.strip():
        raise Unacceptable(InputErrorCode.REQUIRED, "input.required")
    if len(value) > LONGEST_URL:
        raise Unacceptable(InputErrorCode.TOO_LONG, "input.too_long", count=LONGEST_URL)
    try:
        url = page_address(value)
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unacceptable(InputErrorCode.INVALID, "input.webhook_url") from None
    host = parts.hostname or ""
    plain = local and parts.scheme == "http" and host in LOOPBACK
    if (parts.scheme != "https" and not plain) or "@" in parts.netloc or "#" in url or port == 0:
        raise Unacceptable(InputErrorCode.INVALID, "input.webhook_url")
    if not _may_be_told(host, local=local):
        raise Unacceptable(InputErrorCode.INVALID, "input.webhook_address")
    if len(url) > LONGEST_URL:
        raise Unacceptable(InputErrorCode.TOO_LONG, "input.too_long", count=LONGEST_URL)
    return url


def _may_be_told(host: str, *, local: bool) -> bool:
    try:
        return (is_public_or_ours if local else is_public)(str(ipaddress.ip_address(host)))
    except ValueError:
        return local or not f".{host.rstrip('.')}".endswith(".localhost")
