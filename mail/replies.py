"""What may be kept of a mail server's reply: its codes, and words that tell of no letter and nobody."""

import re

import aiosmtplib

LONGEST = 200
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")  # RFC 3463 §2
WORD = re.compile(r"[^\W_]+")
PUNCTUATION = ".,:;!?()[]<>\"'"

# Servers quote the letter with its link, the address in any spelling, even the password that we log in with. A list of
# what a reply must not have would never be whole, so it is the other way round: what is not here is left out.
SAFE_WORDS = frozenset(
    """
    a accepted access account action address again allowed an and answer at auth authenticate authenticated
    authentication authorized bad been before blacklisted blocked blocklist blocklisted bounce busy but by
    certificate certificate_verify_failed closed closing command commands connect connecting connection connections
    content credentials daily data deferred delayed delivered delivery denied detected disabled disconnected disk
    dkim dmarc dns does domain due eof error errors exceeded exceeds exist expected expired extension failed failure
    for found from full get greylisted greylisting handshake has have helo host hostname hour in inactive incorrect
    insufficient internal invalid ip is issuer later length limit limited line local long lookup lost mail mailbox
    mailboxes malformed many maximum message messages minutes mismatch missing must name no not of on only or out
    over password per permanent permanently permission please policy port possibly prohibited protocol quota rate
    received recipient recipients record refused reject rejected rejection relay relaying reputation required reset
    resolve resources response restricted retry reverse route seconds security self-signed sender sending server
    service size slow smtp smtputf8 spam spf ssl starttls storage supported suspended suspicious syntax system
    temporarily temporary the this timed timeout tls to too transaction try unable unauthenticated unavailable
    unexpected unknown unreachable unrecognized unsupported upgrading user username valid verification verify
    version via virus waiting was while with you your
    """.split()  # noqa: SIM905 - two hundred pairs of quotes would say no more
)


def summary(error: Exception, *private: str) -> str:
    """A line about a failed delivery: code, enhanced status, and the reply's usual words but those of `private`."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {_redacted(error.message, private)}".strip()
    # What the library wraps has a telling name and no words of the server's.
    cause = f" ({type(error.__cause__).__name__})" if error.__cause__ else ""
    return f"{type(error).__name__}{cause}: {_redacted(str(error), private)}"


def _redacted(reply: str, private: tuple[str, ...]) -> str:
    known = SAFE_WORDS - set(WORD.findall(" ".join(private).lower()))
    words = reply.split()
    kept = words[:1] if words and STATUS.fullmatch(words[0]) else []
    for word in [word for word in words if word not in kept[:1]]:
        if word.strip(PUNCTUATION).lower() in known:
            kept.append(word)
        elif kept[-1:] != ["…"]:
            kept.append("…")
    return " ".join(kept)[:LONGEST]
