"""What does the work that is due."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets

from stacks.compute.notices import Notices
from stacks.compute.region import WAITING, Region
from stacks.stateful import DUE
from twinhull import LiveFunction


def add_sweeper(region: Region, notices: Notices) -> LiveFunction:
    """The function that looks each minute for what is due in its region, and for what the peer left."""
    sweeper = region.function(
        "sweeper",
        {**region.users, "PEER_REGION": region.peer},
        timeout=Duration.seconds(50),
        memory_size=WAITING,
        traced=False,
    )
    users = region.stateful.users
    users.grant(sweeper, "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
    users.grant(sweeper, "dynamodb:Query", indexes=[DUE["name"]])
    notices.may_be_caused_by(sweeper)
    events.Rule(
        region.stack,
        "Sweep",
        description="Does what is due",
        schedule=events.Schedule.rate(Duration.minutes(1)),
        # A sweep that could not be started is followed by the next one.
        targets=[targets.LambdaFunction(sweeper.alias, retry_attempts=0)],
    )
    return sweeper
