"""Which ports are listened on: the one that was asked for, and others next to it."""

import socket
from collections.abc import Iterable

from local.trouble import TroubleError

LOOPBACK = "127.0.0.1"
LARGEST = 65535


def claimed(port: int) -> socket.socket:
    """The socket of the port that was asked for, bound but not listening.

    So connections are refused until all works. Raises TroubleError when something else listens there.
    """
    if not 1 <= port <= LARGEST:
        raise TroubleError(f"There is no port {port}: choose one up to {LARGEST}, such as PORT=8090 make up.")
    claim = socket.socket()
    claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        claim.bind((LOOPBACK, port))
    except PermissionError:
        claim.close()
        raise TroubleError(f"Port {port} is root's: choose another, such as PORT=8090 make up.") from None
    except OSError:
        claim.close()
        other = free_near(port + 10, taken=[port])
        raise TroubleError(
            f"Port {port} is in use: stop what listens there, or choose another: PORT={other} make up."
        ) from None
    return claim


def free_near(port: int, *, taken: Iterable[int]) -> int:
    """This port, or any free one when it is in use or among `taken`."""
    avoided = set(taken)
    for candidate in (port, *([0] * 100)):
        if candidate in avoided or candidate > LARGEST:
            continue
        with socket.socket() as probe:
            # As servers do, so that a port in TIME_WAIT counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, candidate))
            except OSError:
                continue
            found = int(probe.getsockname()[1])
        if found not in avoided:
            return found
    raise TroubleError("No free port was found: end some of the programs that listen on this machine.")
