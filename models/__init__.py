"""The tables: facts about one row each, no flows."""

from models.audit_event import AuditEvent
from models.device import Device
from models.letter import Letter
from models.link import Link, Purpose
from models.registration import Registration
from models.session import LoginMethod, Session
from models.user import User

__all__ = ["AuditEvent", "Device", "Letter", "Link", "LoginMethod", "Purpose", "Registration", "Session", "User"]
