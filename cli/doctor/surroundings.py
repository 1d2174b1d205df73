"""What the server meets: Redis, the mail server, and people by way of a proxy."""

import asyncio
import json
import socket
import ssl
import urllib.request
from urllib.parse import urlsplit

import redis.asyncio
from redis.exceptions import RedisError

from cli.doctor.finding import Finding
from mail.transports import Delayed, LoginRefused, Smtp
from settings import LOOPBACK, Settings

PATIENCE_SECONDS = 10
PUBLISHED = "/.well-known/jwks.json"  # for everybody: a proxy may keep /healthz for this machine
LONGEST_ANSWER = 100_000


async def of_redis(known: Settings) -> Finding:
    """Whether attempts are counted there."""
    if not known.redis_url:
        return Finding("redis", "none: the one process counts attempts for itself")
    client = redis.asyncio.from_url(
        known.redis_url.get_secret_value(), socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    )
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        return Finding("redis", f"{type(error).__name__}: {error}", "look at REDIS_URL and its server")
    finally:
        await client.aclose()
    return Finding("redis", "it answers")


async def of_mail(known: Settings) -> Finding:
    """Whether the mail server takes us in as before each email."""
    if not known.smtp_url:
        public = urlsplit(known.public_url).hostname not in LOOPBACK
        return Finding("mail", "emails are shown at /mailbox", "set SMTP_URL: anybody reads them" if public else "")
    url = urlsplit(known.smtp_url.get_secret_value())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await Smtp(url.geturl()).greet()
    except LoginRefused as error:
        return Finding("mail", str(error), "look at user and password of SMTP_URL")
    except Delayed as error:
        no_tls = url.scheme == "smtp+starttls" and "STARTTLS" in str(error)
        return Finding("mail", str(error), f"look at {'the scheme' if no_tls else 'host and port'} of SMTP_URL")
    except TimeoutError:
        return Finding("mail", f"no answer within {PATIENCE_SECONDS} seconds", "look at host and port of SMTP_URL")
    if url.scheme == "smtp" and url.hostname not in LOOPBACK:
        return Finding("mail", "emails leave in plain text, links and all", "use smtp+starttls:// or smtps://")
    return Finding("mail", f"the server at {url.hostname} takes emails")


async def of_public_url(known: Settings) -> Finding:
    """Whether people who ask there reach a server of ours."""
    url = known.public_url
    if known.production and urlsplit(url).hostname in LOOPBACK:
        return Finding(
            "public url", f"{url} is this machine alone", "set PUBLIC_URL to what people type, with https://"
        )
    try:
        body = await asyncio.to_thread(_body, url + PUBLISHED)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return Finding("public url", f"{url}: {reason}", _advice(reason))
    if not isinstance(body, dict) or "keys" not in body:
        return Finding("public url", f"{url}: somebody else answers", "see that the proxy leads to this server")
    return Finding("public url", f"{url} leads here")


def _advice(reason: object) -> str:
    match reason:
        case ssl.SSLCertVerificationError():
            return "give the proxy a certificate of that name, by an authority that this machine trusts"
        case socket.gaierror():
            return "see that DNS has the name, or mend PUBLIC_URL"
    return "start the server, and see that the proxy leads to it"


def of_proxies(known: Settings) -> Finding:
    """Whether who asks is told from who passes it on."""
    count, behind_tls = known.trusted_proxy_count, known.public_url.startswith("https://")
    if behind_tls and not count:
        return Finding("proxies", "none counted, and PUBLIC_URL is that of one", "set TRUSTED_PROXY_COUNT")
    if count and not behind_tls:
        return Finding("proxies", f"{count} counted, and PUBLIC_URL needs none", "set TRUSTED_PROXY_COUNT=0")
    return Finding("proxies", f"{count} counted")


def _body(url: str) -> object:
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - PUBLIC_URL is one of HTTP
        return json.loads(answer.read(LONGEST_ANSWER))
