"""What the server meets: Redis, the mail server, and people by way of a proxy."""

import asyncio
import json
import socket
import ssl
from urllib.parse import urlsplit

import httpcore2
import redis.asyncio
from redis.exceptions import RedisError

from cli.doctor.finding import Finding
from mail.transports import Delayed, LoginRefused, Smtp
from settings import LOOPBACK, Settings

PATIENCE_SECONDS = 10
LONGEST_REASON = 200  # characters: it may quote whoever answers in place of Redis
LONGEST_BODY = 100_000  # bytes, of a set of keys
PUBLISHED = "/.well-known/jwks.json"  # for everybody: a proxy may keep /healthz for this machine


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
        return Finding("redis", f"{type(error).__name__}: {error}"[:LONGEST_REASON], "look at REDIS_URL and its server")
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
    start = "start the server, and see that the proxy leads to it"
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            ours = await _has_keys(url + PUBLISHED)
    except TimeoutError:
        return Finding("public url", f"{url}: no answer within {PATIENCE_SECONDS} seconds", start)
    except (httpcore2.NetworkError, OSError) as error:
        return Finding("public url", f"{url}: {error}", _advice(error.__context__) or start)
    except (httpcore2.ProtocolError, ValueError):
        ours = False
    if not ours:
        return Finding("public url", f"{url}: somebody else answers", "see that the proxy leads to this server")
    return Finding("public url", f"{url} leads here")


def _advice(cause: BaseException | None) -> str:
    """What to do about what only DNS or the proxy can mend."""
    match cause:
        case ssl.SSLCertVerificationError():
            return "give the proxy a certificate of that name, by an authority that this machine trusts"
        case socket.gaierror():
            return "see that DNS has the name, or mend PUBLIC_URL"
    return ""


def of_proxies(known: Settings) -> Finding:
    """Whether who asks is told from who passes it on."""
    count, behind_tls = known.trusted_proxy_count, known.public_url.startswith("https://")
    if behind_tls and not count:
        return Finding("proxies", "none counted, and PUBLIC_URL is that of one", "set TRUSTED_PROXY_COUNT")
    if count and not behind_tls:
        return Finding("proxies", f"{count} counted, and PUBLIC_URL needs none", "set TRUSTED_PROXY_COUNT=0")
    return Finding("proxies", f"{count} counted")


async def _has_keys(url: str) -> bool:
    """Whether a server of ours answers. Raises ValueError, OSError and httpcore's errors where another does or none."""
    body = b""
    pool = httpcore2.AsyncConnectionPool(ssl_context=ssl.create_default_context())
    async with pool, pool.stream("GET", url) as answer:
        async for piece in answer.aiter_stream():
            body += piece
            if len(body) > LONGEST_BODY:
                break
    told = json.loads(body)
    return isinstance(told, dict) and "keys" in told
