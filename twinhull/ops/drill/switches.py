"""What loses a region and brings it back: the switch of the local cloud, or the functions' concurrency."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, Literal, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Deployment, Region
from twinhull.ops.trouble import Exit, TroubleError, explained

Settings = Mapping[str, Any]
"""Region → what its switch is set to, as JSON."""

UP: Final = "up"

#: Seconds in which a region under load gets a write to die after.
UNTIL_A_WRITE: Final = 3.0


class Switches(Protocol):
    """Loses regions; whatever it changes is one of the settings that it tells of before."""

    where: Literal["local", "aws"]
    states: tuple[str, ...]

    def settings(self) -> Settings:
        """How everything is set now.

        :raises TroubleError: it cannot be told, or a region is down already.
        """

    def lose(self, region: str, state: str) -> None:
        """Put a region into a state other than up."""

    def put_back(self, settings: Settings) -> None:
        """Set everything as it was. Doing it again changes nothing."""


class LocalSwitches:
    """The switch of what `make up` serves."""

    where: Literal["local", "aws"] = "local"
    states: tuple[str, ...] = ("refuse", "error", "throttle", "blackhole", "mute")

    def __init__(self, cloud: Cloud) -> None:
        self._base = f"{cloud.page_url('')}/_local"

    @property
    def administrator(self) -> Mapping[str, str]:
        """The log-in of the administrator who is there from the start."""
        admin: Mapping[str, str] = self._ask("GET", "config")["admin"]
        return admin

    def settings(self) -> Settings:
        """Region → its state."""
        settings = {each["name"]: each["state"] for each in self._ask("GET", "regions")["regions"]}
        for name, state in settings.items():
            if state != UP:
                raise TroubleError("region-down", f"{name} is down ({state}): put it up before the drill.")
        return settings

    def lose(self, region: str, state: str) -> None:
        """Let a region go down between a write and the answer to it; without a write, soon after."""
        self._put(region, {"state": state, "after": "write"})
        deadline = time.monotonic() + UNTIL_A_WRITE
        while time.monotonic() < deadline:
            if {each["name"]: each["state"] for each in self._ask("GET", "regions")["regions"]}[
                region
            ] == state:
                return
            time.sleep(0.02)
        self._put(region, {"state": state})

    def put_back(self, settings: Settings) -> None:
        """Put every region into its state, those that were up first: only one may be down."""
        for region, state in sorted(settings.items(), key=lambda item: item[1] != UP):
            self._put(region, {"state": state})

    def _put(self, region: str, wanted: Mapping[str, str]) -> None:
        self._ask("PUT", f"regions/{region}", json.dumps(wanted).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(f"{self._base}/{path}", method=method, data=body)  # noqa: S310
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as answer:
                return json.loads(answer.read())
        except (OSError, ValueError) as error:
            raise TroubleError(
                "no-switch", f"The local cloud does not switch its regions ({error}).", Exit.UNKNOWN
            ) from error


class ConcurrencySwitches:
    """Reserved concurrency 0 of every function of a region: whatever is asked there is throttled.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    """

    where: Literal["local", "aws"] = "aws"
    states: tuple[str, ...] = ("concurrency",)

    def __init__(self, cloud: Cloud, deployment: Deployment) -> None:
        self._cloud = cloud
        self._deployment = deployment

    def settings(self) -> Settings:
        """Region → function → its reserved concurrency, None if it has none."""
        settings: dict[str, dict[str, int | None]] = {}
        for region in self._deployment.regions:
            client = self._cloud.client("lambda", region.name)
            settings[region.name] = {}
            for name in function_names(region):
                with _explaining(f"reading the concurrency of {name} in {region.name}"):
                    answer = client.get_function_concurrency(FunctionName=name)
                reserved = answer.get("ReservedConcurrentExecutions")
                if reserved == 0:
                    raise TroubleError(
                        "region-down",
                        f"{name} in {region.name} has reserved concurrency 0: it is lost already.",
                    )
                settings[region.name][name] = reserved
        return settings

    def lose(self, region: str, state: str) -> None:  # noqa: ARG002 -- there is one
        """Let none of the region's functions run."""
        self._set({region: dict.fromkeys(function_names(self._deployment.region(region)), 0)})

    def put_back(self, settings: Settings) -> None:
        """Give every function its own reserved concurrency again, or none."""
        self._set(settings)

    def _set(self, settings: Settings) -> None:
        wanted = [
            (region, name, reserved) for region, each in settings.items() for name, reserved in each.items()
        ]
        with ThreadPoolExecutor(max_workers=8) as pool:
            failures = [failure for failure in pool.map(self._set_one, wanted) if failure]
        if failures:
            raise failures[0]

    def _set_one(self, wanted: tuple[str, str, int | None]) -> TroubleError | None:
        """So that one that fails does not keep the others as they are."""
        region, name, reserved = wanted
        try:
            with _explaining(f"setting the concurrency of {name} in {region}"):
                client = self._cloud.client("lambda", region)
                if reserved is None:
                    client.delete_function_concurrency(FunctionName=name)
                else:
                    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
        except TroubleError as trouble:
            return trouble
        return None


def function_names(region: Region) -> list[str]:
    """The names of a region's functions, of which the deployment knows the aliases."""
    return sorted({arn.split(":")[6] for arn in region.functions.values()})


@contextmanager
def _explaining(doing: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise explained(error, doing) from error
