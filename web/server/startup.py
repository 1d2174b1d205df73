"""What the log tells as the server starts: what is where, and what an operator should look at."""

from typing import Any
from urllib.parse import urlsplit

import structlog

import database
from resolvers import factors, passkeys
from resolvers.services import Services
from settings import LOOPBACK, Settings, misspelt

log = structlog.get_logger()


async def log_startup(services: Services) -> None:
    """Begin the log. It serves when uvicorn has the port (`web.server.serving`)."""
    settings = services.settings
    log.info("starting", **_addresses(settings))
    for name, meant in misspelt().items():
        log.warning("unknown_setting", name=name, meant=meant)
    if file := database.world_readable(settings.database_url):
        log.warning("database_is_public", advice=f"everybody on this machine reads it: chmod o= {file}*")
    if not settings.smtp_url and urlsplit(settings.public_url).hostname not in LOOPBACK:
        log.warning("mailbox_is_public", advice="whoever reaches this server reads all emails: set SMTP_URL")
    if before := await passkeys.of_another_domain(settings.passkey_rp_id):
        log.warning(
            "passkeys_of_another_domain",
            rp_id=settings.passkey_rp_id,
            before=before,
            advice=f"those that were added then open nothing: set PASSKEY_RP_ID={before}",
        )
    if await factors.any_lost(services):
        log.error("totp_secrets_lost", advice="no key of SECRET_KEY opens the secrets of apps: list the one before too")


def _addresses(settings: Settings) -> dict[str, Any]:
    url = settings.public_url
    known: dict[str, Any] = {} if settings.production else {"start_page": f"{url}/"}
    if settings.graphiql:
        known["graphiql"] = f"{url}/graphql"
    known["mail"] = "SMTP" if settings.smtp_url else f"{url}/mailbox"
    if settings.providers:  # the addresses to register there
        known["callbacks"] = [f"{url}/auth/{provider.id}/callback" for provider in settings.providers]
    known["health"] = f"{url}/healthz"
    known["database"] = database.described(settings.database_url)
    return known | {"redis": bool(settings.redis_url), "processes": settings.web_concurrency}
