"""AWS::CloudWatch::Alarm with metric math, which MiniStack refuses: kept as it is, never evaluated.

Its state stays INSUFFICIENT_DATA until somebody sets it; a composite alarm then follows.
"""

from typing import Any

from ministack.services.cloudformation import provisioners

_record = provisioners._cw_metric_alarm_record
_OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Unit")


def _with_math(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    metrics = properties.get("Metrics")
    if not metrics:
        record: dict[str, Any] = _record(name, properties)
        return record
    rest = {key: value for key, value in properties.items() if key != "Metrics"}
    alarm = _record(name, {**rest, "MetricName": "math", "Namespace": "math"})
    return {key: value for key, value in alarm.items() if key not in _OF_ONE_METRIC} | {"Metrics": metrics}


def install() -> None:
    """Let MiniStack's own handler make these too."""
    provisioners._cw_metric_alarm_record = _with_math
