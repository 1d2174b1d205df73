"""The texts of a file of signing keys, from one step of a change of the key to the next."""

import re

from security.keys import PEM, new_key

ANNOUNCED = "# announced\n"  # before a key that all know and that does not sign yet
MARKED = re.compile(rf"{ANNOUNCED}(?={PEM.pattern})", PEM.flags)


class WrongStep(ValueError):  # noqa: N818 - named as the refusals are
    """Another step comes first; what is as it is stays so."""


def announced(text: str, algorithm: str) -> str:
    """With a new key behind those that there are. Raises WrongStep where another change is under way."""
    keys = _keys(text)
    if len(keys) != 1:
        raise WrongStep("a change is under way: there are several keys")
    return f"{keys[0]}\n{ANNOUNCED}{new_key(algorithm)}"


def signing(text: str) -> str:
    """With the announced key first. Raises WrongStep where none is announced."""
    if not MARKED.search(text):
        raise WrongStep("no key is announced")
    return "".join(f"{key}\n" for key in reversed(_keys(text)))


def forgotten(text: str) -> str:
    """With the first key alone. Raises WrongStep where it is alone, or where the other one does not sign yet."""
    keys = _keys(text)
    if MARKED.search(text) or len(keys) == 1:
        raise WrongStep("no new key signs yet" if MARKED.search(text) else "there is one key alone")
    return f"{keys[0]}\n"


def settled(text: str) -> list[str]:
    """Its keys, of which the first signs. Raises WrongStep where there is none, or one is announced."""
    keys = _keys(text)
    if MARKED.search(text) or not keys:
        raise WrongStep("a key is announced that does not sign yet" if keys else "there is no private key in PEM")
    return keys


def _keys(text: str) -> list[str]:
    return PEM.findall(text)
