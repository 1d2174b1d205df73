"""The account as a whole."""

from dataclasses import dataclass

from mail.letters.letter import Letter


@dataclass(frozen=True, kw_only=True)
class AccountDeleted(Letter):
    """Farewell: the account and its data are gone."""


@dataclass(frozen=True, kw_only=True)
class AccountDisabled(Letter):
    """Nobody can use the account any more, its owner included; why is not for them to read."""
