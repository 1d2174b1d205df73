"""What is logged, and how."""

from typing import Literal

from pydantic import Field

from settings.part import rule
from settings.server import ServerSettings


class LogSettings(ServerSettings):
    """The log."""

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="the least that is logged")
    log_format: Literal["console", "json"] | None = Field(
        None, description="console or json (default: json in production)"
    )

    @rule
    def _log_format(self) -> str:
        return self.log_format or ("json" if self.production else "console")
