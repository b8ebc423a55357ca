"""Mail: https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html"""

from typing import Final

from twinhull.alarms.row import Row, Series

REPUTATION: Final = "https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html"


def _rate(metric: str) -> Series:
    return Series(namespace="AWS/SES", metric=metric, statistic="Average", on=())


def _ours(metric: str) -> Series:
    return Series(namespace="twinhull", metric=metric, statistic="Sum", on=("Deployment",))


ROWS: Final = (
    Row(
        name="MailBounces",
        watches="mail",
        series={"bounces": _rate("Reputation.BounceRate")},
        comparison=">=",
        threshold=0.05,
        period=3600,
        datapoints=(1, 1),
        missing="ignore",
        severity="ticket",
        feels="Notices do not arrive; from 5 % on AWS reviews the account, from 10 % it may stop it.",
        when="the rate of bounces of this account reaches {threshold:.0%}",
        runbook="mail",
        because=REPUTATION,
    ),
    Row(
        name="MailComplaints",
        watches="mail",
        series={"complaints": _rate("Reputation.ComplaintRate")},
        comparison=">=",
        threshold=0.001,
        period=3600,
        datapoints=(1, 1),
        missing="ignore",
        severity="ticket",
        feels="People call our notices spam; from 0.1 % on AWS reviews the account.",
        when="the rate of complaints of this account reaches {threshold:.1%}",
        runbook="mail",
        because=REPUTATION,
    ),
    Row(
        name="SendingStopped",
        watches="mail",
        series={"failed": _ours("NoticesFailed"), "sent": _ours("NoticesSent")},
        expression="IF({failed}>=5 AND {sent}<1,{failed},0)",
        comparison=">=",
        threshold=5,
        period=900,
        datapoints=(1, 1),
        missing="notBreaching",
        severity="page",
        feels="Nobody gets a welcome or a link; nothing is lost, all of it waits in the outboxes.",
        when="at least {threshold:g} attempts to send fail and none succeeds, as when sending is paused",
        runbook="mail",
        because="SES publishes no metric of a pause: "
        "https://docs.aws.amazon.com/ses/latest/dg/monitoring-sender-reputation-pausing.html",
    ),
)
