"""Codes that letters bring."""

from dataclasses import dataclass
from uuid import UUID

from events.event import Event


@dataclass(frozen=True, kw_only=True)
class LoginCodeRequested(Event, audited=False):
    """Somebody has asked for a code to log in with; whose account that is nobody knows yet."""

    letter_id: UUID


@dataclass(frozen=True, kw_only=True)
class LoginCodeWritten(Event, audited=False):
    """There was an account for it."""

    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class StepUpCodeSent(Event):
    """Somebody who is signed in has asked for a code that says who is there."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class StepUpCodeFailed(Event, failure=True):
    """It was wrong."""

    user_id: UUID
