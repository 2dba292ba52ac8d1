"""Ports for servers that tests start."""

from __future__ import annotations

import random
import socket

#: Below the ports that the system gives to outgoing connections, and above those of services: a
#: server that is started again finds its port as it left it.
_PORTS = range(20_000, 32_000)


def free_port() -> int:
    """A port on which nobody listens now."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
