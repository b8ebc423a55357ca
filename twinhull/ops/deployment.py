"""What is deployed, by the outputs of its stacks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.cloud import Cloud
from twinhull.ops.known import Known, Outputs
from twinhull.ops.trouble import Exit, MissingError, TroubleError, UnreachableError, explained

#: The edge's stack is there whatever regions serve.
EDGE_REGION: Final = "us-east-1"

_FUNCTION = "Function"
_QUEUE = "QueueUrl"
_DEAD_LETTERS = "DeadLetterQueueUrl"


@dataclass(frozen=True)
class Queue:
    """Addresses of a queue, and of the one where messages lie that failed again and again."""

    url: str
    dead_letters: str


@dataclass(frozen=True)
class Watchdog:
    """What looks at a region's peer: its alias, and whether it may drain (`enforce`) or not (`report`)."""

    function: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class Region:
    """One serving region.

    ``functions`` are the aliases that serve, and ``queues`` what they work off, by their nouns.
    """

    name: str
    role: str
    api_domain: str
    table: str
    functions: Mapping[str, str]
    queues: Mapping[str, Queue] = field(default_factory=dict)
    watchdog: Watchdog | None = None


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Two regions, the primary first, and the edge before them.

    ``known_since`` is when its addresses were looked up, if they were not looked up just now.
    """

    name: str
    regions: tuple[Region, Region]
    url: str
    distribution: str
    key_value_store: str
    origin_secret: str
    readiness_path: str
    known_since: str | None = None

    def region(self, name: str) -> Region:
        """The serving region of this name.

        :raises TroubleError: there is none.
        """
        for region in self.regions:
            if region.name == name:
                return region
        serving = " and ".join(region.name for region in self.regions)
        raise TroubleError(
            "no-such-region", f"{name} is no region of {self.name}; {serving} serve.", Exit.USAGE
        )

    def peer(self, name: str) -> Region:
        """The other serving region."""
        return self.regions[1] if self.region(name) is self.regions[0] else self.regions[0]

    @classmethod
    def of(cls, name: str, outputs: Outputs, *, known_since: str | None = None) -> "Deployment":
        """Read the outputs of its stacks.

        :raises TroubleError: one is not there.
        """
        stack = edge_stack(name)
        try:
            edge = outputs[stack]
            regions = []
            for role, region in zip(("primary", "secondary"), serving(edge), strict=True):
                stack = compute_stack(name, region)
                watching = outputs.get(watch_stack(name, region), {})
                regions.append(_region(region, role, outputs[stack], watching))
            return cls(
                name=name,
                regions=(regions[0], regions[1]),
                url=edge["Url"],
                distribution=edge["DistributionId"],
                key_value_store=edge["KeyValueStoreArn"],
                origin_secret=edge["OriginSecret"],
                readiness_path=edge["ReadinessPath"],
                known_since=known_since,
            )
        except (KeyError, ValueError) as error:
            raise TroubleError(
                "incomplete",
                f"The stack {stack} lacks an output that is needed ({error}): deploy this release.",
                Exit.UNKNOWN,
            ) from error


def edge_stack(name: str) -> str:
    """The stack of a deployment's edge."""
    return f"{name}-edge"


def compute_stack(name: str, region: str) -> str:
    """The stack of what serves in a region."""
    return f"{name}-compute-{region}"


def watch_stack(name: str, region: str) -> str:
    """The stack of what looks at a region's peer; there is none if nobody wishes for it."""
    return f"{name}-watch-{region}"


def serving(edge: Mapping[str, str]) -> list[str]:
    """The serving regions, the primary first."""
    return edge["Regions"].split(",")


def _region(name: str, role: str, outputs: Mapping[str, str], watching: Mapping[str, str]) -> Region:
    return Region(
        name=name,
        role=role,
        api_domain=outputs["ApiDomain"],
        table=outputs["TableName"],
        functions=_by_noun(outputs, _FUNCTION),
        queues={
            noun: Queue(outputs[f"{prefix}{_QUEUE}"], url)
            for key, url in sorted(outputs.items())
            if key.endswith(_DEAD_LETTERS)
            for prefix in [key.removesuffix(_DEAD_LETTERS)]
            for noun in [prefix.lower()]
        },
        watchdog=Watchdog(watching["WatchdogFunction"], watching["WatchdogMode"]) if watching else None,
    )


def _by_noun(outputs: Mapping[str, str], suffix: str) -> dict[str, str]:
    return {
        key.removesuffix(suffix).lower(): value
        for key, value in sorted(outputs.items())
        if key.endswith(suffix)
    }


def look_up(cloud: Cloud, name: str, known: Known) -> Deployment:
    """Ask CloudFormation, and remember what it says; of a region that gives no answer, take what is known.

    :raises TroubleError: there is no such deployment, or nothing is known of it.
    """
    remembered = known.read()
    found: dict[str, Mapping[str, str]] = {}
    silent: dict[str, UnreachableError] = {}
    optional = set()
    for stack, region, needed in _stacks(name, found, remembered):
        try:
            # A region that is silent once would keep its operator waiting for each of its stacks.
            if region in silent:
                raise silent[region]
            found[stack] = _outputs(cloud, stack, region)
        except UnreachableError as trouble:
            silent[region] = trouble
            if needed and stack not in remembered:
                raise UnreachableError(
                    f"{trouble} What is deployed is not known on this machine either: give the file that "
                    "`cdk deploy --outputs-file` wrote by --outputs."
                ) from trouble
        except MissingError:
            if not needed:
                optional.add(stack)
                continue
            raise MissingError(
                f"There is no deployment {name}: no stack {stack} in {region}, with these credentials. "
                "Name another one by --name, or deploy it."
            ) from None
    if not silent:
        known.write(found)
        return Deployment.of(name, found)
    past = {stack: each for stack, each in remembered.items() if stack not in optional}
    return Deployment.of(name, {**past, **found}, known_since=known.since)


def recall(cloud: Cloud, name: str, known: Known) -> Deployment:
    """What is known of a deployment, so that nobody has to be asked; CloudFormation if nothing is.

    :raises TroubleError: there is no such deployment.
    """
    remembered = known.read()
    if edge_stack(name) in remembered:
        return Deployment.of(name, remembered, known_since=known.since)
    return look_up(cloud, name, known)


def _stacks(
    name: str, found: Mapping[str, Mapping[str, str]], remembered: Outputs
) -> Iterator[tuple[str, str, bool]]:
    """Each stack with its region, and whether there is no deployment without it."""
    edge = edge_stack(name)
    yield edge, EDGE_REGION, True
    for region in serving({"Regions": "", **(found.get(edge) or remembered[edge])}):
        if region:
            yield compute_stack(name, region), region, True
            yield watch_stack(name, region), region, False


def _outputs(cloud: Cloud, stack: str, region: str) -> dict[str, str]:
    try:
        [described] = cloud.client("cloudformation", region).describe_stacks(StackName=stack)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        raise explained(error, f"looking up the stack {stack} in {region}") from error
    outputs: list[dict[str, Any]] = described.get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}
