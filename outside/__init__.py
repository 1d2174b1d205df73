"""What other servers are asked: at public addresses alone, over TLS, and within bounds.

In development what runs on this machine is asked, too, and there over plain http.
"""

from importlib import import_module

from outside.answers import LONGEST_SECONDS, Answer, Client, NoAnswer

__all__ = ["LONGEST_SECONDS", "Answer", "Client", "NoAnswer", "client"]


def client(*, local: bool) -> Client:
    """The one of this process, for whose settings ask for it: what it needs takes a tenth of a second of a start.

    A `local` one asks servers on this machine, too.
    """
    made: Client = import_module("outside.guarded").GuardedClient(local=local)
    return made
