"""The account as a whole."""

from dataclasses import dataclass

from mail.letters.letter import Letter


@dataclass(frozen=True, kw_only=True)
class AccountDeleted(Letter):
    """Farewell: the account and its data are gone."""
