"""Templates as a person reads them, without what changes at each release or says nothing."""

import re
from typing import Any

_VERSION = re.compile(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}")
_ASSET = re.compile(r"\b[0-9a-f]{64}\b")
_NAMED_ASSET = re.compile(r"(?<=-)[0-9a-f]{12}(?=\.(?:css|js|svg)\b)")
_OF_THE_CDK = {"Metadata", "Parameters", "Rules"}
_STRINGS = ("Ref", "Fn::GetAtt", "Fn::GetStackOutput", "Fn::Join", "Fn::Select", "Fn::Sub")
_CONSTANT = re.compile(r"^const [A-Z_]+ = .*;$", re.MULTILINE)


def readable(template: dict[str, Any]) -> Any:
    """A template without the CDK's own additions, with references as `${…}` in plain strings."""
    return masked({key: value for key, value in template.items() if key not in _OF_THE_CDK})


def masked(value: Any) -> Any:
    """A part of a template, made readable."""
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in _STRINGS:
            return text(value)
        return {_blank(key): _property(key, each) for key, each in value.items() if key != "Metadata"}
    if isinstance(value, list):
        return [masked(each) for each in value]
    return _blank(value) if isinstance(value, str) else value


def text(value: Any) -> str:
    """A string of a template, as `Fn::Sub` would write it."""
    match value:
        case str():
            return _blank(value)
        case {"Ref": name}:
            return f"${{{_blank(name)}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{_blank(name)}.{attribute}}}"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(text(part) for part in parts)
        case {"Fn::Sub": pattern}:
            return _blank(pattern)
        case {"Fn::GetStackOutput": {"StackName": stack, "OutputName": output}}:
            return f"${{{stack}:{output}}}"
        case {"Fn::Select": [index, {"Fn::Split": [separator, whole]}]}:
            return f"${{{text(whole)} split by {separator} [{index}]}}"
    raise ValueError(f"no string is made of {value}")


def in_a_line(alarm: dict[str, Any]) -> str:
    """What an alarm looks at, from when on it is one, and whom it tells."""
    actions = alarm.get("AlarmActions", [])
    told = " ".join(text(each).rpartition("-")[2] for each in actions) or "nobody"
    if "AlarmRule" in alarm:
        return f"{alarm['AlarmRule']} → {told}"
    queries = alarm.get("Metrics", [])
    stats = {query["Id"]: query["MetricStat"] for query in queries if "MetricStat" in query}
    if stats:
        math = next(query["Expression"] for query in queries if "Expression" in query)
        named = ", ".join(
            f"{id} = {stat['Stat']} {stat['Metric']['MetricName']}" for id, stat in stats.items()
        )
        what, period = f"{math} where {named}", next(iter(stats.values()))["Period"]
    else:
        what = f"{alarm.get('Statistic') or alarm['ExtendedStatistic']} {alarm['MetricName']}"
        period = alarm["Period"]
    compared = f"{alarm['ComparisonOperator']} {alarm['Threshold']}"
    often = f"{alarm['DatapointsToAlarm']} of {alarm['EvaluationPeriods']} × {period} s"
    return f"{what} {compared}, {often}, {alarm['TreatMissingData']} → {told}"


def _property(key: str, value: Any) -> Any:
    if key == "FunctionCode":
        # The edge's functions have tests of their own; what synthesis wrote into them belongs here.
        return [*_CONSTANT.findall(_NAMED_ASSET.sub("<hash>", value)), "<code>"]
    return masked(value)


def _blank(value: str) -> str:
    return _ASSET.sub("<asset>", _VERSION.sub(r"\1<version>", value))
