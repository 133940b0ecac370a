"""Ports for servers under test."""

import random
import socket

# Below those that the system gives to clients: a server that is killed and started again finds its
# port as it left it, whatever else connects meanwhile.
_FIRST, _LAST = 20_000, 32_000
_TRIES = 100


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    for port in random.SystemRandom().sample(range(_FIRST, _LAST), _TRIES):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no free port among {_TRIES} tried")
