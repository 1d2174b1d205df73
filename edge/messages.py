"""What people read of a refusal, in their language."""

from errors import InputError, Refusal
from locales import texts


def message_of(refusal: Refusal | InputError, locale: str) -> str:
    """The sentences that a refusal, or what is wrong with one input, has in a language."""
    t = texts(locale)
    keys = refusal.keys if isinstance(refusal, InputError) else (refusal.key,)
    return " ".join(t(key, **refusal.parameters) for key in keys)
