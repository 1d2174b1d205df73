"""The tables: facts about one row each, no flows."""

from models.confirmation import Confirmation
from models.letter import Letter
from models.link import Link, Purpose
from models.session import Session
from models.user import User

__all__ = ["Confirmation", "Letter", "Link", "Purpose", "Session", "User"]
