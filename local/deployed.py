"""What is deployed, by the outputs of the stacks: all that is known here of the app."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.assembly import Stack
from local.deploy import Outputs


@dataclass(frozen=True)
class RegionalApi:
    """One region's API, and the function that makes administrators."""

    region: str
    domain: str
    operator_function: str


@dataclass(frozen=True)
class Deployed:
    """The APIs, in the order of deployment (the primary first), the table and the distribution.

    `page` is the address that AWS would serve the page at.
    """

    apis: Sequence[RegionalApi]
    table: str
    distribution: str
    page: str

    @property
    def primary(self) -> RegionalApi:
        """The API of the region that is deployed first."""
        return self.apis[0]

    @classmethod
    def of(cls, stacks: Sequence[Stack], outputs: Outputs) -> "Deployed":
        """Find them among the outputs of all stacks."""
        merged: Mapping[str, str] = {key: value for each in outputs.values() for key, value in each.items()}
        return cls(
            apis=[
                RegionalApi(stack.region, found["ApiDomain"], found["OperatorFunction"])
                for stack in stacks
                if "ApiDomain" in (found := outputs[stack.name])
            ],
            table=merged["TableName"],
            distribution=merged["DistributionId"],
            page=merged["Url"],
        )


RECORD = "deployment.json"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What is deployed in a state of the emulator, recorded in its folder: so it is saved or lost with it.

    `key` is the fingerprint of whatever it depends on.
    """

    key: str
    deployed: Deployed

    @classmethod
    def read(cls, state: Path) -> "Deployment | None":
        """Return what is recorded, None if nothing that can be understood is."""
        try:
            record = json.loads((state / RECORD).read_text())
            deployed = record["deployed"]
            apis = [RegionalApi(**api) for api in deployed.pop("apis")]
            return cls(key=record["key"], deployed=Deployed(apis=apis, **deployed))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def write(self, state: Path) -> None:
        """Record it."""
        (state / RECORD).write_text(json.dumps(dataclasses.asdict(self)))

    @staticmethod
    def forget(state: Path) -> None:
        """Record that it is no longer known what is deployed."""
        (state / RECORD).unlink(missing_ok=True)
