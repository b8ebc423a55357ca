"""What is deployed, by the outputs of the stacks: all that is known here of the app."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
