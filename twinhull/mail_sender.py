"""The address from which an application sends e-mail, and where it is told what became of it."""

from typing import TypedDict, Unpack

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from twinhull.work_queue import WorkQueue


class LetterOverrides(TypedDict, total=False):
    """What a `MailSender` passes through to `aws_ses.ConfigurationSet`; see there."""

    configuration_set_name: str
    reputation_metrics: bool
    sending_enabled: bool
    suppression_reasons: ses.SuppressionReasons
    tls_policy: ses.ConfigurationSetTlsPolicy


class MailSender(Construct):
    """A verified sender at Amazon SES, whose bounces and complaints are brought to a queue.

    Without a hosted zone, SES writes to the address once, and somebody follows the link in that letter. With
    one, the whole domain is verified by records in it, and letters are signed (DKIM).

    >>> notices = WorkQueue(self, "Notices", function=function)
    >>> sender = MailSender(self, "Sender", address="notices@example.com", feedback=notices)
    >>> sender.grant_send(function)

    :ivar address: from which letters are sent.
    :ivar identity: the `aws_ses.EmailIdentity`.
    :ivar configuration_set: the `aws_ses.ConfigurationSet` that letters must name.
    :ivar topic: the `aws_sns.Topic` of bounces and complaints.
    """

    address: str
    identity: ses.EmailIdentity
    configuration_set: ses.ConfigurationSet
    topic: sns.Topic

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        address: str,
        feedback: WorkQueue,
        zone: route53.IPublicHostedZone | None = None,
        **overrides: Unpack[LetterOverrides],
    ) -> None:
        """Make the identity, the configuration set and the topic.

        :param address: like `notices@example.com`.
        :param feedback: its messages are SES's events, as JSON:
            https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
        :param zone: of the address's domain, if it is at hand.
        :param overrides: passed to `aws_ses.ConfigurationSet` after the defaults.
        :raises ValueError: the address is none, or not one of the zone's domain.
        """
        super().__init__(scope, id)
        domain = address.rpartition("@")[2]
        if not domain or domain == address:
            raise ValueError(f"address is {address!r}; give one like 'notices@example.com'.")
        if zone and domain != zone.zone_name:
            raise ValueError(f"address is {address!r}, and the zone {zone.zone_name}; leave the zone out.")
        self.address = address
        self.identity = ses.EmailIdentity(
            self,
            "Resource",
            identity=ses.Identity.public_hosted_zone(zone) if zone else ses.Identity.email(address),
        )
        properties: LetterOverrides = {
            "reputation_metrics": True,
            "tls_policy": ses.ConfigurationSetTlsPolicy.REQUIRE,
            **overrides,
        }
        self.configuration_set = ses.ConfigurationSet(self, "Letters", **properties)
        # SES can write to an encrypted topic only with a key of one's own; the topic keeps nothing.
        self.topic = sns.Topic(self, "Feedback", enforce_ssl=True)
        self.topic.add_subscription(subscriptions.SqsSubscription(feedback.queue, raw_message_delivery=True))
        self.configuration_set.add_event_destination(
            "Feedback",
            destination=ses.EventDestination.sns_topic(self.topic),
            events=[ses.EmailSendingEvent.BOUNCE, ses.EmailSendingEvent.COMPLAINT],
        )

    def grant_send(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow to send letters from the address."""
        stack = Stack.of(self)
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["ses:SendEmail"],
            resource_arns=[
                stack.format_arn(
                    service="ses", resource="identity", resource_name=self.identity.email_identity_name
                ),
                stack.format_arn(
                    service="ses",
                    resource="configuration-set",
                    resource_name=self.configuration_set.configuration_set_name,
                ),
            ],
            conditions={"StringEquals": {"ses:FromAddress": self.address}},
        )
