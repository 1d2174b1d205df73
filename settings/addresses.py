"""Addresses that people set: of pages, of origins, and of other servers."""

import re
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, HttpUrl, ValidationError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PORTS = 65535
# A server's address whose parts every library finds in the same places (RFC 3986): what delimits them is encoded
# inside of them, or a piece of the password is taken for a host, a port or a name, and told wherever that is told.
CHARACTER = r"(?:[^\x00-\x1f/?#@%\[\]]|%[0-9A-Fa-f]{2})"
HOST = r"(?:\[[^\x00-\x1f/?#@\[\]]*\]|(?:(?![:,])CHARACTER)*)(?::\d{1,5})?".replace("CHARACTER", CHARACTER)
PARAMETER = r"[^#@&=]+=[^#@&=]*"
SERVER = re.compile(rf"[a-z+]+://({CHARACTER}*@)?{HOST}(,{HOST})*(/{CHARACTER}*)*(\?{PARAMETER}(&{PARAMETER})*)?")
ENCODED = "where / ? # @ % [ ] in a user's name or password are written %2F %3F %23 %40 %25 %5B %5D"


def page_address(value: str) -> str:
    """A page's address as browsers write it. Raises ValueError where it is none."""
    try:
        return str(HttpUrl(value))
    except ValidationError:
        raise ValueError("should be a full address such as https://accounts.example.com") from None


def web_address(value: str) -> str:
    """As browsers write it in `Origin`: in lower case, without the usual port. Raises ValueError where it says more."""
    if value and set(value) & set("*@?#"):
        raise ValueError("should be an address such as https://accounts.example.com, with nothing before or behind it")
    return page_address(value).rstrip("/") if value else value


def server_address(value: str, *forms: str) -> SplitResult:
    """The parts of a server's address. Raises ValueError, which shows nothing of it, where it has none of the forms."""
    schemes = {form.partition(":")[0] for form in forms}
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    ports = re.findall(r":(\d+)(?=,|$)", parts.netloc.rpartition("@")[2])
    if parts.scheme not in schemes or not SERVER.fullmatch(value) or max(map(int, ports), default=0) > PORTS:
        raise ValueError(f"should be {' or '.join(forms)}, {ENCODED}")
    return parts


WebAddress = Annotated[str, AfterValidator(web_address)]
PageAddress = Annotated[str, AfterValidator(page_address)]
