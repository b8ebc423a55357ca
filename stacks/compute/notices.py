"""What sends notices."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53

from stacks.compute.region import WAITING, Region
from twinhull import LiveFunction, MailSender, WorkQueue


class Notices:
    """The notifier behind its queue, and the mail's sender if the settings name one.

    :ivar notifier: the function that sends.
    :ivar queue: what tells it that a notice waits.
    """

    def __init__(self, region: Region) -> None:
        settings, stateful = region.settings, region.stateful
        self.notifier = region.function(
            "notifier",
            {
                **region.users,
                "KEYS_SECRET": settings.keys_secret_name,
                "PAGE_PARAMETER": settings.page_parameter_name,
                # Two batches are worked off at once.
                "MAIL_INTERVAL_MS": str(2_000 // settings.mail_rate),
            },
            timeout=Duration.seconds(30),
            memory_size=WAITING,
        )
        stateful.users.grant(self.notifier, "dynamodb:GetItem", "dynamodb:UpdateItem")
        stateful.keys.grant_read(self.notifier)
        page = region.stack.format_arn(
            service="ssm", resource="parameter", resource_name=settings.page_parameter_name.removeprefix("/")
        )
        self.notifier.function.add_to_role_policy(
            iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[page])
        )
        self.queue = WorkQueue(region.stack, "Notices", function=self.notifier, batch_size=5)
        if settings.sender:
            sender = MailSender(
                region.stack, "Sender", address=settings.sender, feedback=self.queue, zone=_zone(region)
            )
            sender.grant_send(self.notifier)
            self.notifier.add_environment("SENDER", settings.sender)
            self.notifier.add_environment(
                "CONFIGURATION_SET", sender.configuration_set.configuration_set_name
            )

    def may_be_caused_by(self, function: LiveFunction) -> None:
        """Let a function tell the notifier of a notice that it has written down."""
        function.add_environment("NOTIFIER_QUEUE", self.queue.queue.queue_url)
        self.queue.grant_send(function)


def _zone(region: Region) -> route53.IPublicHostedZone | None:
    """The zone of the sender's domain, if it is the page's."""
    settings = region.settings
    if not settings.domain_name or not settings.sender.endswith(f"@{settings.domain_name}"):
        return None
    return route53.PublicHostedZone.from_public_hosted_zone_attributes(
        region.stack, "Zone", hosted_zone_id=settings.hosted_zone_id, zone_name=settings.domain_name
    )
