"""What is done without anybody asking."""

from dataclasses import dataclass

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class Swept(Event, audited=False):
    """What is over was removed: how many of each.

    `spent` were good for one use, `accounts` were never confirmed, `addresses` are of events that tell them no more,
    `deliveries` and `bodies` of what webhooks were told.
    """

    sessions: int
    devices: int
    links: int
    tickets: int
    provider_logins: int
    totp_secrets: int
    spent: int
    registrations: int
    letters: int
    accounts: int
    events: int
    addresses: int
    deliveries: int
    bodies: int
