"""Whether a region can carry everything by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Deployment, Region
from twinhull.ops.origin import ask_api, read_any_secret
from twinhull.ops.trouble import TroubleError, explained


@dataclass(frozen=True)
class Check:
    """What was looked at, in words, and whether it is as it should be."""

    what: str
    ok: bool

    def __str__(self) -> str:
        return f"{'✓' if self.ok else '✗'} {self.what}"


def checks(cloud: Cloud, deployment: Deployment, region: Region) -> Iterator[Check]:
    """Whether a region reads strongly (by its API) and writes strongly. What cannot be asked is not so."""
    yield _reads(cloud, deployment, region)
    yield _writes(cloud, region)


def _reads(cloud: Cloud, deployment: Deployment, region: Region) -> Check:
    try:
        value = read_any_secret(cloud, deployment).settled
    except TroubleError as trouble:
        return Check(f"{region.name}: whether it is ready cannot be asked: {trouble}", ok=False)
    heard = ask_api(cloud, deployment, region, value)
    if heard.status == 200 and heard.region == region.name:
        return Check(f"{region.name} is ready: it reads its table strongly ({heard.seconds:.2f} s)", ok=True)
    return Check(f"{region.name} is not ready: {heard.said}", ok=False)


def _writes(cloud: Cloud, region: Region) -> Check:
    """By an item of its own, beside that of the watchdog."""
    doing = f"writing to the table in {region.name}"
    started = datetime.now(UTC)
    try:
        cloud.client("dynamodb", region.name).update_item(
            TableName=region.table,
            Key={"pk": {"S": "health"}, "sk": {"S": f"operator#{region.name}"}},
            UpdateExpression="SET #at = :now",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":now": {"S": started.isoformat()}},
        )
    except (BotoCoreError, ClientError) as error:
        return Check(str(explained(error, doing)), ok=False)
    seconds = (datetime.now(UTC) - started).total_seconds()
    return Check(f"{region.name} writes its table ({seconds:.2f} s)", ok=True)
