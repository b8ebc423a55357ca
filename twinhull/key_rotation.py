"""The schedule by which a function replaces the keys that a secret holds."""

from typing import TypedDict, Unpack

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from twinhull.live_function import LiveFunction
from twinhull.replicated_secret import ReplicatedSecret


class RuleOverrides(TypedDict, total=False):
    """What a `KeyRotation` passes through to `aws_events.Rule`; see there."""

    description: str
    enabled: bool
    rule_name: str


class KeyRotation(Construct):
    """Calls a function again and again, each time for the next step of a rotation, if one is due.

    The rotation that Secrets Manager offers itself does all steps within minutes. Keys that other regions and
    warm functions must know before they sign, and that must verify for weeks after, need steps that are days
    apart: the function decides by what the secret says of its keys whether it is time for the next.

    >>> KeyRotation(self, "Rotation", secret=keys, function=function)

    :ivar rule: the `aws_events.Rule`.
    """

    rule: events.Rule

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        secret: ReplicatedSecret,
        function: LiveFunction,
        schedule: events.Schedule | None = None,
        **overrides: Unpack[RuleOverrides],
    ) -> None:
        """Make the schedule, and allow the function to read and write the secret.

        :param secret: holds the keys.
        :param function: does one step, or none, whenever it is called; it must bear to be called twice at
            once. Its live alias is called.
        :param schedule: once an hour by default.
        :param overrides: passed to `aws_events.Rule` after the defaults.
        :raises ValueError: the function is not in the secret's own region: replicas cannot be written.
        """
        super().__init__(scope, id)
        secret.grant_read(function)
        secret.grant_write(function)
        self.rule = events.Rule(
            self,
            "Resource",
            schedule=schedule or events.Schedule.rate(Duration.hours(1)),
            targets=[targets.LambdaFunction(function.alias)],
            **overrides,
        )
