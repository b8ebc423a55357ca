"""Whether this region can serve, and what the API offers."""

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from web.problems import Problem
from web.representations import HealthBody
from web.routes import Answer, Call, Routes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, kw_only=True)
class Services:
    """What these routes work with; the client gives up after a second."""

    client: "DynamoDBClient"
    table_name: str
    region: str


routes: Routes[Services] = Routes("health")


@routes.answer(
    "GET", "/health/live", access="anyone", summary="Whether the region answers", answers={200: HealthBody}
)
def live(call: Call, services: Services) -> Answer:  # noqa: ARG001
    """The region answers."""
    return Answer(status=200, body=HealthBody(region=services.region, status="live"))


@routes.answer(
    "GET",
    "/health/ready",
    access="anyone",
    summary="Whether the region can serve: it reads its table strongly within a second",
    answers={200: HealthBody},
)
def ready(call: Call, services: Services) -> Answer:  # noqa: ARG001
    """A shallow check would hide a database that is cut off: only the strong read shows it."""
    try:
        services.client.get_item(
            TableName=services.table_name,
            Key={"pk": {"S": "health"}, "sk": {"S": "ready"}},
            ConsistentRead=True,
            ProjectionExpression="pk",
        )
    except (ClientError, BotoCoreError) as error:
        raise Problem("unavailable", members={"region": services.region}) from error
    return Answer(status=200, body=HealthBody(region=services.region, status="ready"))


@routes.answer(
    "GET", "/openapi.json", access="anyone", summary="This description", answers={200: dict[str, Any]}
)
def openapi(call: Call, services: Services) -> Answer:  # noqa: ARG001
    """The description that the routes themselves are made from."""
    return Answer(status=200, body=(files("resources") / "openapi.json").read_text("utf-8"))
