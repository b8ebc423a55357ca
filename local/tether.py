"""Runs a command that ends when its starter does: `python tether.py COMMAND …`, standard input a pipe.

A process that was killed cannot stop what it started, but its pipes close. When this one does, the whole
process group is killed; it is this process's own, since it was started in a new session.
"""

import os
import signal
import subprocess
import sys
import threading


def _kill_all_at_end_of_input() -> None:
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=_kill_all_at_end_of_input, daemon=True).start()
    status = child.wait()
    sys.exit(status if status >= 0 else 128 - status)
