"""The HTTP API: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html"""

from typing import Final

from twinhull.alarms.row import Row, Series

RECOMMENDED: Final = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
    "Best_Practice_Recommended_Alarms_AWS_Services.html#ApiGateway"
)


def of_api(metric: str, statistic: str = "Sum") -> Series:
    """A metric of the stage."""
    return Series(namespace="AWS/ApiGateway", metric=metric, statistic=statistic)


ROWS: Final = (
    Row(
        name="ApiErrors",
        watches="api",
        series={"errors": of_api("5xx"), "requests": of_api("Count")},
        expression="IF({requests}>=10,100*{errors}/{requests},0)",
        comparison=">",
        threshold=5,
        period=60,
        datapoints=(3, 5),
        missing="notBreaching",
        severity="page",
        feels="Writes fail once and are tried in the other region; reads fail over unseen.",
        when="more than {threshold:g} % of at least ten requests are answered with a fault of ours",
        runbook="api",
        because=RECOMMENDED,
        lean=True,
    ),
    Row(
        name="ApiLatency",
        watches="api",
        series={"latency": of_api("Latency", "p99")},
        comparison=">",
        threshold=3000,
        period=60,
        datapoints=(5, 5),
        missing="notBreaching",
        severity="ticket",
        feels="The page hesitates: a read that takes longer is taken over by the other region.",
        when="the slowest hundredth takes more than {threshold:g} ms",
        runbook="api",
        because=RECOMMENDED,
    ),
    Row(
        name="TrafficGone",
        watches="probed-api",
        series={"requests": of_api("Count")},
        comparison="<",
        threshold=1,
        period=300,
        datapoints=(3, 3),
        missing="breaching",
        severity="page",
        feels="Nobody reaches this region, not even the watchdog of the other one, which asks each minute.",
        when="no request arrives",
        runbook="api",
        because=RECOMMENDED,
    ),
)
