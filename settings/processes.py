"""How many processes serve."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from settings.addresses import server_address
from settings.part import rule
from settings.server import ServerSettings


def _redis(value: SecretStr) -> SecretStr:
    server_address(value.get_secret_value(), "redis://user:password@host:port/0", "rediss://…")
    return value


class ProcessSettings(ServerSettings):
    """The processes, and where several of them count together."""

    redis_url: Annotated[SecretStr, AfterValidator(_redis)] | None = Field(
        None, description="redis://host:port/0: where several processes count attempts (default: each for itself)"
    )
    web_concurrency: int = Field(1, ge=1, description="how many processes serve; more than one needs REDIS_URL")

    @rule
    def _web_concurrency(self) -> int:
        if self.web_concurrency > 1 and not self.redis_url:
            raise ValueError("needs REDIS_URL: without it each process would count attempts for itself")
        return self.web_concurrency
