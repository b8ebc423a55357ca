"""Processes and what they listen on, as the operating system sees them."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

LISTENING = "0A"


def tree_of(root: int) -> dict[int, str]:
    """The running processes below `root`, itself included: id → command."""
    listed = subprocess.run(
        ["ps", "-axww", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    children: dict[int, list[int]] = {}
    commands: dict[int, str] = {}
    for line in listed.splitlines():
        number, parent, state, command = line.split(None, 3)
        if state.startswith("Z"):
            continue
        children.setdefault(int(parent), []).append(int(number))
        commands[int(number)] = command
    found: dict[int, str] = {}
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        if pid in commands:
            found[pid] = commands[pid]
        waiting += children.get(pid, [])
    return found


def survivors(pids: dict[int, str], *, patience: float) -> dict[int, str]:
    """Which of these still run after at most `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        alive = {pid: command for pid, command in pids.items() if _runs(pid, command)}
        if not alive or time.monotonic() > deadline:
            return alive
        time.sleep(0.1)


def end_functions(root: int) -> None:
    """End all warm functions below `root`: the next ones know nothing of what these remember."""
    warm = {pid: command for pid, command in tree_of(root).items() if command.endswith("/_worker.py")}
    for pid in warm:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert not survivors(warm, patience=5)


def _runs(pid: int, command: str) -> bool:
    # By command too, since a process id may have been given to somebody else.
    return tree_of(pid).get(pid) == command


def listening_addresses(pids: dict[int, str]) -> set[str]:
    """The addresses, as /proc writes them, on which these processes accept connections."""
    return {address for address, _ in _listening(pids)}


def listening_ports(pids: dict[int, str]) -> set[int]:
    """The ports on which these processes accept connections."""
    return {int(port, 16) for _, port in _listening(pids)}


def _listening(pids: dict[int, str]) -> set[tuple[str, str]]:
    inodes = set()
    for pid in pids:
        with contextlib.suppress(FileNotFoundError):
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    inodes.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and fields[9] in inodes:
                address, _, port = fields[1].rpartition(":")
                found.add((address, port))
    return found
