"""What a form proves who is there with, as the resolvers know it."""

import json

from resolvers.proofs import Proof

TOTP_DIGITS = 6


def proof_of(typed: str) -> Proof:
    """A code of an app or a recovery code, whichever it looks like; the one field for them takes both."""
    code = "".join(typed.split())
    return Proof(totp_code=code) if len(code) == TOTP_DIGITS else Proof(recovery_code=code)


def answer_of(typed: str) -> object:
    """A passkey's answer, as our script has written it into its field; None where it is nothing of the kind."""
    try:
        return json.loads(typed)
    except (ValueError, RecursionError):
        return None
