"""What the server is and where people reach it."""

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from settings.addresses import LOOPBACK, WebAddress, web_address
from settings.part import Part, rule

ROOT = Path(__file__).parents[1]


def own_host(value: str) -> str:
    """The name or address of this machine as it is. Raises ValueError where it cannot be one."""
    if not re.fullmatch(r"[\w.:%-]+", value):
        raise ValueError("should be a name or an address of this machine, such as 127.0.0.1 or ::1")
    return value


class ServerSettings(Part):
    """Who we are, for whom, and where."""

    environment: Literal["development", "production"] = Field(
        "development", description="production refuses whatever is only good for trying things out"
    )
    host: Annotated[str, AfterValidator(own_host)] = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on, 0 for any that is free")
    public_url: WebAddress = Field("", description="where people reach the server (default: http://HOST:PORT)")
    app_name: str = Field("Postern", min_length=1, max_length=60, description="the name on emails and pages")
    data_dir: Path = Field(ROOT / "var", description="where development keeps its database, keys and mailbox")

    @property
    def production(self) -> bool:
        """Whether what is only good for trying things out is refused."""
        return self.environment == "production"

    @rule
    def _public_url(self) -> str:
        url = self.public_url
        if self.production and not url.startswith("https://") and urlsplit(url).hostname not in LOOPBACK:
            raise ValueError("is needed in production, beginning with https://")
        return url or web_address(f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}")
