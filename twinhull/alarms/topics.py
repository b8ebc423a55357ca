"""The `AlarmTopics` construct."""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

ADDRESS: Final = re.compile(r"[^\s@,]+@[^\s@,]+\.[^\s@,]+")
URL: Final = re.compile(r"https://[^\s,]+")


class Notified(Protocol):
    """Where alarms of each severity go."""

    @property
    def pages(self) -> sns.ITopic: ...

    @property
    def tickets(self) -> sns.ITopic: ...


class AlarmTopics(Construct):
    """Two topics of one region: `pages` wake somebody, `tickets` wait until the morning.

    They have no key. With the key that SNS has by default alarms are not delivered, and nothing says so:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html

    >>> topics = AlarmTopics(self, "Topics", name="shop", pages=["oncall@example.com"])

    :ivar pages: the `aws_sns.Topic` of what cannot wait.
    :ivar tickets: the `aws_sns.Topic` of what can.
    """

    pages: sns.ITopic
    tickets: sns.ITopic

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        pages: Sequence[str] = (),
        tickets: Sequence[str] = (),
    ) -> None:
        """Make the topics and subscribe.

        :param name: precedes the topics' names, so that other stacks of the region find them.
        :param pages: e-mail addresses and `https://` addresses that are told of what cannot wait; who is
            subscribed by mail has to confirm it once.
        :param tickets: those that are told of the rest.
        :raises ValueError: one is neither.
        """
        super().__init__(scope, id)
        self.pages = self._topic("Pages", f"{name}-pages", pages)
        self.tickets = self._topic("Tickets", f"{name}-tickets", tickets)

    def _topic(self, id: str, name: str, told: Sequence[str]) -> sns.Topic:
        topic = sns.Topic(self, id, topic_name=name, enforce_ssl=True)
        stack = Stack.of(self)
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            )
        )
        for each in told:
            if URL.fullmatch(each):
                topic.add_subscription(subscriptions.UrlSubscription(each))
            elif ADDRESS.fullmatch(each):
                topic.add_subscription(subscriptions.EmailSubscription(each))
            else:
                raise ValueError(
                    f"{each!r} cannot be told of alarms; give an e-mail address or an https:// address."
                )
        return topic


class NamedTopics:
    """The topics of the same region that another stack has made."""

    def __init__(self, scope: Construct, *, name: str) -> None:
        """Find them by name.

        :param name: as `AlarmTopics` was given it.
        """
        stack = Stack.of(scope)
        self.pages = sns.Topic.from_topic_arn(
            scope, "Pages", stack.format_arn(service="sns", resource=f"{name}-pages")
        )
        self.tickets = sns.Topic.from_topic_arn(
            scope, "Tickets", stack.format_arn(service="sns", resource=f"{name}-tickets")
        )
