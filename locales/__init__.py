"""Every text that people read, and the choice of its language."""

from locales.catalog import Texts, texts
from locales.tags import DEFAULT, LOCALES, match, negotiate

__all__ = ["DEFAULT", "LOCALES", "Texts", "match", "negotiate", "texts"]
