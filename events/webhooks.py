"""Webhooks: set up, changed and taken away, and what is on its way to them; the worker has bound which delivery."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class WebhookCreated(Event, level="warning"):
    """An address is told what happens from now on: these events, or all of them."""

    webhook_id: UUID
    events: list[str]
    by_user_id: UUID


@dataclass(frozen=True, kw_only=True)
class WebhookUpdated(Event):
    """It is told something else, or was switched."""

    webhook_id: UUID
    events: list[str]
    enabled: bool
    by_user_id: UUID


@dataclass(frozen=True, kw_only=True)
class WebhookSecretRotated(Event):
    """Another secret signs; the one before does for a day more."""

    webhook_id: UUID
    by_user_id: UUID


@dataclass(frozen=True, kw_only=True)
class WebhookDeleted(Event):
    """It is told nothing any more."""

    webhook_id: UUID
    by_user_id: UUID


@dataclass(frozen=True, kw_only=True)
class WebhookDisabled(Event, level="error"):
    """Nothing got through for days, or its server has said that it is gone: it was switched off."""

    webhook_id: UUID
    reason: Literal["failing", "gone"]


@dataclass(frozen=True, kw_only=True)
class WebhookDelivered(Event, audited=False):
    """Its server has taken it."""

    status: int


@dataclass(frozen=True, kw_only=True)
class WebhookDelayed(Event, audited=False, level="warning"):
    """It has not, and is asked again in `seconds`."""

    error: str
    seconds: int


@dataclass(frozen=True, kw_only=True)
class WebhookDied(Event, audited=False, level="error"):
    """It never will."""

    error: str
