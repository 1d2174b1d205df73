"""Everybody that is measured, by the name on the command line."""

from benchmarks.peers import own, seeded, services
from benchmarks.peers.peer import Peer

PEERS: dict[str, Peer] = {
    "postern": own.POSTERN,
    "postern-logging": own.LOGGING,
    "postern-two": own.TWO,
    "mercurius-jit": seeded.MERCURIUS_JIT,
    "mercurius": seeded.MERCURIUS,
    "better-auth": services.BETTER_AUTH,
    "fastapi-users": services.FASTAPI_USERS,
    "naive": seeded.NAIVE,
    "naive-cached": seeded.CACHED,
    "bare": seeded.BARE,
}
