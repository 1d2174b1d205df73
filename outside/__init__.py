"""What other servers are asked: at public addresses alone, over TLS, and within bounds."""

from importlib import import_module

from outside.answers import LONGEST_SECONDS, Answer, Client, NoAnswer

__all__ = ["LONGEST_SECONDS", "Answer", "Client", "NoAnswer", "client"]


def client() -> Client:
    """The one of this process, for whose settings ask for it: what it needs takes a tenth of a second of a start."""
    made: Client = import_module("outside.guarded").GuardedClient()
    return made
