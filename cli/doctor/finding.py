"""What a look at one thing has found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was looked at and how it is, in words without secrets; `advice` says what to do, "" that nothing is."""

    name: str
    found: str
    advice: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is to be done."""
        return not self.advice
