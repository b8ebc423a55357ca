"""The edge, whose metrics are in us-east-1.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html
"""

from typing import Final

from twinhull.alarms.row import Row, Series

RECOMMENDED: Final = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
    "Best_Practice_Recommended_Alarms_AWS_Services.html#CloudFront"
)


def _edge(metric: str, statistic: str = "Sum") -> Series:
    return Series(namespace="AWS/CloudFront", metric=metric, statistic=statistic)


ROWS: Final = (
    Row(
        name="EdgeErrors",
        watches="distribution",
        series={"rate": _edge("5xxErrorRate", "Average")},
        comparison=">",
        threshold=5,
        period=60,
        datapoints=(3, 5),
        missing="notBreaching",
        severity="page",
        feels="People see faults, although there are two regions: both, or the way to them, are ill.",
        when="more than {threshold:g} % of all requests end in a fault",
        runbook="edge",
        because=RECOMMENDED,
        lean=True,
    ),
    Row(
        name="EdgeFunctionErrors",
        watches="edge-function",
        series={
            "executions": _edge("FunctionExecutionErrors"),
            "validations": _edge("FunctionValidationErrors"),
            "throttles": _edge("FunctionThrottles"),
        },
        expression="{executions}+{validations}+{throttles}",
        comparison=">=",
        threshold=1,
        period=60,
        datapoints=(3, 5),
        missing="notBreaching",
        severity="page",
        feels="Requests fail before any region is asked: the router itself is broken or too slow.",
        when="the function at the edge fails at least {threshold:g} time",
        runbook="edge",
        because=RECOMMENDED,
    ),
    Row(
        name="FirewallBlocks",
        watches="firewall",
        series={"blocked": Series(namespace="AWS/WAFV2", metric="BlockedRequests", statistic="Sum")},
        comparison=">",
        threshold=1000,
        period=300,
        datapoints=(3, 3),
        missing="notBreaching",
        severity="ticket",
        feels="Either somebody attacks, or a rule keeps people out: they see a page with 403.",
        when="the firewall blocks more than {threshold:g} requests",
        runbook="edge",
        because="https://docs.aws.amazon.com/waf/latest/developerguide/monitoring-cloudwatch.html",
    ),
    Row(
        name="CertificateExpires",
        watches="certificate",
        series={
            "days": Series(namespace="AWS/CertificateManager", metric="DaysToExpiry", statistic="Minimum")
        },
        comparison="<",
        threshold=30,
        period=86400,
        datapoints=(1, 1),
        missing="notBreaching",
        severity="ticket",
        feels="Nobody yet; on the last day every browser refuses the page.",
        when="it is valid for fewer than {threshold:g} days, and AWS has not renewed it by itself",
        runbook="edge",
        because="https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html",
    ),
)
