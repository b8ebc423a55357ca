"""`python -m local`: the deployed app on this machine, in the foreground, until Ctrl-C."""

import argparse
import asyncio
import contextlib
import locale
import logging
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from local.checklist import Checklist
from local.cloud import Cloud
from local.commands import ROOT
from local.home import Home
from local.ports import claimed
from local.trouble import TroubleError

INTERRUPTED = 130


class Interruptions:
    """Ctrl-C and SIGTERM: the first one stops everything, the second one does not wait for the data."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.second = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._count)

    def _count(self) -> None:
        (self.second if self.first.is_set() else self.first).set()


async def serve(home: Home, port: int, context: Mapping[str, str], cache: Path) -> int:
    """Start the cloud, wait for the first interruption, stop; the exit status."""
    interruptions = Interruptions()
    checklist = Checklist()
    with contextlib.closing(claimed(port)) as claim:
        cloud = Cloud(home, claim, cache=cache, context=context, checklist=checklist)
        interrupted = asyncio.create_task(interruptions.first.wait())
        starting = asyncio.create_task(cloud.start())
        try:
            await asyncio.wait({starting, interrupted}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                greet(cloud, port, checklist)
                watching = asyncio.create_task(cloud.watch())
                await asyncio.wait({watching, interrupted}, return_when=asyncio.FIRST_COMPLETED)
                if watching.done():
                    watching.result()
                watching.cancel()
                checklist.say("\nStopping and saving the data. (Ctrl-C again stops without saving.)")
        finally:
            starting.cancel()
            saved = await stop(cloud, starting, interruptions)
        if saved:
            checklist.say("✓ Stopped; the data is saved.")
            return 0
    checklist.say("Stopped without saving: the next start begins from the last clean stop.")
    return INTERRUPTED


async def stop(cloud: Cloud, starting: asyncio.Task[None], interruptions: Interruptions) -> bool:
    """Stop the cloud, at once when interrupted again; True when its data was saved."""
    await asyncio.wait({starting})
    stopping = asyncio.create_task(cloud.stop())
    hurry = asyncio.create_task(interruptions.second.wait())
    await asyncio.wait({stopping, hurry}, return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        cloud.kill()
    hurry.cancel()
    return await stopping


def greet(cloud: Cloud, port: int, checklist: Checklist) -> None:
    """Say where everything is."""
    page = f"http://localhost:{port}"
    checklist.say(f"\nReady after {checklist.elapsed:.0f} s.\n")
    administrator = cloud.administrator
    rows = [
        ("Page", f"{page}/"),
        ("API", f"{page}/api/v1/openapi.json"),
        ("Mailbox", f"{page}/_local/mail"),
        *((region.name, f"{region.front.url}  ({region.role})") for region in cloud.regions),
        ("Log in as", f"{administrator['email']}  {administrator['password']}"),
    ]
    for label, value in rows:
        checklist.say(f"  {label:<11} {value}")
    lose = f'curl -X PUT {page}/_local/regions/{cloud.regions[0].name} -d \'{{"state": "refuse"}}\''
    checklist.say(f"\nLose a region:  {lose}\nStop:           Ctrl-C")


def replace_what_cannot_be_shown() -> None:
    """Print in the terminal's encoding, even in UTF-8 mode, without failing at a mark that it lacks."""
    for stream in (sys.stdout, sys.stderr):
        encoding = stream.encoding if os.environ.get("PYTHONIOENCODING") else locale.getencoding()
        stream.reconfigure(encoding=encoding, errors="replace")  # type: ignore[union-attr]


def main() -> int:
    """Parse the command line and run."""
    replace_what_cannot_be_shown()
    parser = argparse.ArgumentParser(prog="make up", description="Runs the deployed app on this machine.")
    parser.add_argument("--port", type=int, help="of the page; $PORT or 8080")
    parser.add_argument("--home", type=Path, default=Path(".local"), help="where everything is kept")
    parser.add_argument(
        "--cache", type=Path, default=ROOT / ".cache", help="where assemblies and deployed homes are kept"
    )
    parser.add_argument("--context", action="append", default=[], metavar="KEY=VALUE", help="as for cdk")
    options = parser.parse_args()
    try:
        context = dict(_pair(each) for each in options.context)
        with Home(options.home) as home:
            logging.basicConfig(filename=home.path / "edge.log", filemode="w", level=logging.INFO)
            return asyncio.run(
                serve(home, options.port or _port_of_environment(), context, options.cache.resolve())
            )
    except TroubleError as trouble:
        print(f"✗ {trouble}", file=sys.stderr)
        return 1
    except FileNotFoundError as error:
        print(f"✗ {error.filename} is missing: run `make setup`.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"✗ This machine does not let it start: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _port_of_environment() -> int:
    value = os.environ.get("PORT") or "8080"
    if not (value.isascii() and value.isdecimal()):
        raise TroubleError(f"PORT is {value}, which is no number: try PORT=8080 make up.")
    return int(value)


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator:
        raise TroubleError(f"--context {text} has no value: write --context {text}=VALUE.")
    return key, value


if __name__ == "__main__":
    sys.exit(main())
