"""Functions: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""

from typing import Final

from twinhull.alarms.row import Row, Series, Share

RECOMMENDED: Final = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
    "Best_Practice_Recommended_Alarms_AWS_Services.html#Lambda"
)
ASYNCHRONOUS: Final = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"


def _lambda(metric: str, statistic: str = "Sum", on: tuple[str, ...] | None = None) -> Series:
    return Series(namespace="AWS/Lambda", metric=metric, statistic=statistic, on=on)


ROWS: Final = (
    Row(
        name="FunctionErrorRate",
        watches="behind-api",
        series={"errors": _lambda("Errors"), "invocations": _lambda("Invocations")},
        expression="IF({invocations}>=10,100*{errors}/{invocations},0)",
        comparison=">",
        threshold=5,
        period=60,
        datapoints=(3, 5),
        missing="notBreaching",
        severity="page",
        feels="Some requests are answered with a fault, after the time that a function may take.",
        when="more than {threshold:g} % of at least ten calls end in a crash or a timeout",
        runbook="functions",
        because=RECOMMENDED,
    ),
    Row(
        name="FunctionErrors",
        watches="worker",
        series={"errors": _lambda("Errors")},
        comparison=">=",
        threshold=3,
        period=300,
        datapoints=(2, 3),
        missing="notBreaching",
        severity="ticket",
        feels="Nobody waits for this function, but what it does is late or does not happen.",
        when="it fails at least {threshold:g} times",
        runbook="functions",
        because=RECOMMENDED,
    ),
    Row(
        name="FunctionThrottles",
        watches="function",
        series={"throttles": _lambda("Throttles")},
        comparison=">=",
        threshold=1,
        period=60,
        datapoints=(3, 5),
        missing="notBreaching",
        severity="page",
        feels="Requests are refused before our code runs, and clients go to the other region.",
        when="at least {threshold:g} call is refused for want of concurrency",
        runbook="functions",
        because=RECOMMENDED,
    ),
    Row(
        name="FunctionDuration",
        watches="function",
        series={"duration": _lambda("Duration", "p99")},
        comparison=">",
        threshold=Share(of="timeout_ms", times=0.8),
        period=300,
        datapoints=(3, 3),
        missing="notBreaching",
        severity="ticket",
        feels="The slowest answers come near the time after which there is none.",
        when="the slowest hundredth takes more than {threshold:g} ms, 80 % of the timeout",
        runbook="functions",
        because=RECOMMENDED,
    ),
    Row(
        name="EventsDropped",
        watches="asynchronous",
        series={"dropped": _lambda("AsyncEventsDropped", on=("FunctionName",))},
        comparison=">=",
        threshold=1,
        period=300,
        datapoints=(1, 1),
        missing="notBreaching",
        severity="ticket",
        feels="A call that a schedule or an event had made is lost; the next one makes up for it.",
        when="Lambda gives up at least {threshold:g} event that it had accepted",
        runbook="schedules",
        because=ASYNCHRONOUS,
    ),
    Row(
        name="ScheduleStopped",
        watches="schedule",
        series={"invocations": _lambda("Invocations")},
        comparison="<",
        threshold=1,
        period=Share(of="every", times=5),
        datapoints=(1, 1),
        missing="breaching",
        severity="ticket",
        feels="At first nobody: what this function looks after is not looked after.",
        when="it is not called in the time of five calls",
        runbook="schedules",
        because="A schedule that is switched off, or whose permission is gone, fails nowhere.",
    ),
    Row(
        name="AccountConcurrency",
        watches="account",
        series={"claimed": _lambda("ClaimedAccountConcurrency", "Maximum", on=())},
        comparison=">",
        threshold=Share(of="concurrency", times=0.8),
        period=60,
        datapoints=(5, 5),
        missing="notBreaching",
        severity="page",
        feels="Soon requests are refused, in this region and in all applications of this account.",
        when="more than {threshold:g} calls run at once, 80 % of the account's quota",
        runbook="functions",
        because=RECOMMENDED,
    ),
)
