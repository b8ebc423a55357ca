"""What the functions count themselves, in the line of log that each call writes."""

from typing import Final

from twinhull.alarms.row import Row, Series, Share


def _ours(metric: str, statistic: str = "Sum") -> Series:
    return Series(namespace="twinhull", metric=metric, statistic=statistic)


ROWS: Final = (
    Row(
        name="RegistrationsStopped",
        watches="application",
        series={"tried": _ours("RegistrationAttempts"), "done": _ours("Registrations")},
        expression="IF({tried}>=20 AND {done}<1,{tried},0)",
        comparison=">=",
        threshold=20,
        period=3600,
        datapoints=(1, 1),
        missing="notBreaching",
        severity="page",
        feels="Nobody new can register.",
        when="at least {threshold:g} people try and not one succeeds",
        runbook="people",
        because="It is what the application is for; a fault in a rule fails nowhere else.",
    ),
    Row(
        name="FailedLogIns",
        watches="application",
        series={"failed": _ours("FailedLogIns")},
        comparison=">",
        threshold=200,
        period=300,
        datapoints=(2, 3),
        missing="notBreaching",
        severity="ticket",
        feels="Somebody guesses passwords, or nobody can log in any more.",
        when="more than {threshold:g} log-ins fail or are asked to slow down",
        runbook="people",
        because="https://owasp.org/www-project-web-security-testing-guide/ (testing for weak lock-out)",
    ),
    Row(
        name="WriteConflicts",
        watches="application",
        series={"conflicts": _ours("WriteConflicts")},
        comparison=">",
        threshold=100,
        period=300,
        datapoints=(3, 3),
        missing="notBreaching",
        severity="ticket",
        feels="Some writes are tried again and again; a few people are told to try once more.",
        when="more than {threshold:g} writes find that somebody was faster",
        runbook="people",
        because="Every write is compare-and-set; many lost rounds mean a loop or a hot item.",
    ),
    Row(
        name="DueWorkLate",
        watches="due-work",
        series={"late": _ours("DueOverdueSeconds", "Maximum")},
        comparison=">",
        threshold=900,
        period=900,  # what a sweep postponed is seen again within eleven minutes
        datapoints=(1, 1),
        missing="notBreaching",  # nothing is published when nothing is late
        severity="page",
        feels="Notices, purges and uploads of this region wait, and the sweeper does not help.",
        when="the oldest due work is more than {threshold:g} seconds late",
        runbook="due-work",
        because="What is due is only sent and purged if somebody looks for it.",
        lean=True,
    ),
    Row(
        name="SweepsFail",
        watches="sweeper",
        series={"failed": Series(namespace="AWS/Lambda", metric="Errors", statistic="Minimum")},
        comparison=">=",
        threshold=1,
        period=900,
        datapoints=(1, 1),
        missing="breaching",
        severity="page",
        feels="Nobody yet; a notice that its message did not send on, a purge or an upload would wait.",
        when="each sweep of this region fails, or there is none",
        runbook="due-work",
        because="Whoever looks for what is due is silent when nothing is, and when it is dead.",
        lean=True,
    ),
    Row(
        name="KeysTooOld",
        watches="rotation",
        series={"age": _ours("KeyAgeDays", "Maximum")},
        comparison=">",
        threshold=Share(of="latest_days"),
        period=86400,
        datapoints=(1, 1),
        missing="breaching",
        severity="ticket",
        feels="Nobody; a key that was stolen counts for longer than was meant.",
        when="a key signs for more than {threshold:g} days, or the rotation says nothing for a day",
        runbook="rotation",
        because="https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-cloudwatch.html "
        "has no metric of an age.",
    ),
)
