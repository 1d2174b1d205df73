"""The tables: facts about one row each, no flows."""

from models.audit_event import AuditEvent
from models.device import Device
from models.identity import Identity
from models.letter import Letter
from models.link import Link, Purpose
from models.login_ticket import LoginTicket, TicketKind
from models.passkey import Passkey
from models.provider_login import ProviderLogin, Step
from models.recovery_code import RecoveryCode
from models.registration import Registration
from models.role import ADMIN, Permission, Role, UserRole
from models.session import LoginMethod, Session
from models.signing_key import SigningKey
from models.spent import Spent
from models.totp_secret import TotpSecret
from models.user import User
from models.webhook import Webhook, WebhookDelivery

__all__ = [
    "ADMIN",
    "AuditEvent",
    "Device",
    "Identity",
    "Letter",
    "Link",
    "LoginMethod",
    "LoginTicket",
    "Passkey",
    "Permission",
    "ProviderLogin",
    "Purpose",
    "RecoveryCode",
    "Registration",
    "Role",
    "Session",
    "SigningKey",
    "Spent",
    "Step",
    "TicketKind",
    "TotpSecret",
    "User",
    "UserRole",
    "Webhook",
    "WebhookDelivery",
]
