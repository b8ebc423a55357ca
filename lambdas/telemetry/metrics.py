"""What the functions count and measure. It reaches CloudWatch in the line that each call logs anyway.

    from telemetry.metrics import count, measure

    count("NoticesSent")
    measure("DueOverdueSeconds", 42)

Anything may call these, the domain too: they only remember a number until the call's line is logged
(`telemetry.log`), from which CloudWatch takes it without a request of ours, in the embedded metric format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

A metric has the dimension `Deployment` and no other: each further one would be a metric more to pay for,
and what somebody wants to know besides is in the line. A metric is new by a line in `UNITS`.
"""

import os
import time
from collections.abc import Mapping
from typing import Any, Final, Literal

NAMESPACE: Final = "twinhull"

Metric = Literal[
    "RegistrationAttempts",
    "Registrations",
    "LogIns",
    "FailedLogIns",
    "SlowedLogIns",
    "PasswordChanges",
    "Deletions",
    "Restorations",
    "Purges",
    "WriteConflicts",
    "NoticesSent",
    "NoticesFailed",
    "NoticesBounced",
    "NoticesComplained",
    "UploadsTaken",
    "UploadsFailed",
    "DueOverdueSeconds",
    "KeyAgeDays",
]

UNITS: Final[Mapping[Metric, Literal["Count", "Seconds", "None"]]] = {
    "RegistrationAttempts": "Count",
    "Registrations": "Count",
    "LogIns": "Count",
    "FailedLogIns": "Count",  # also those that are asked to slow down
    "SlowedLogIns": "Count",  # refused before the password was compared: somebody guesses
    "PasswordChanges": "Count",
    "Deletions": "Count",
    "Restorations": "Count",
    "Purges": "Count",
    "WriteConflicts": "Count",  # rounds that were lost, also those after which another one succeeded
    "NoticesSent": "Count",
    "NoticesFailed": "Count",  # attempts, also those that are tried again
    "NoticesBounced": "Count",
    "NoticesComplained": "Count",
    "UploadsTaken": "Count",
    "UploadsFailed": "Count",  # refused for what they are, and told to their owner
    "DueOverdueSeconds": "Seconds",  # how late the oldest due work of the region is, if any is
    "KeyAgeDays": "None",  # of the key that signs
}

_counted: dict[Metric, float] = {}


def count(metric: Metric, number: int = 1) -> None:
    """Add to what this call of the function has counted."""
    _counted[metric] = _counted.get(metric, 0) + number


def measure(metric: Metric, value: float) -> None:
    """State a value; of several in one call the highest counts."""
    _counted[metric] = max(_counted.get(metric, value), value)


def take() -> dict[str, Any]:
    """What was counted since the last time, as members of a line of log."""
    if not _counted:
        return {}
    values = {str(name): number for name, number in _counted.items()}
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["Deployment"]],
        "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in _counted],
    }
    _counted.clear()
    return {
        "_aws": {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]},
        # A missing variable must not cost anybody the answer; a test of the templates misses it.
        "Deployment": os.environ.get("DEPLOYMENT", "unknown"),
        **values,
    }
