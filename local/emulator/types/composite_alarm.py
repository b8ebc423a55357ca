"""AWS::CloudWatch::CompositeAlarm, by MiniStack's own PutCompositeAlarm: it evaluates rules."""

import json
from typing import Any

from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

TYPE = "AWS::CloudWatch::CompositeAlarm"

Properties = dict[str, Any]


def _put(name: str, properties: Properties) -> tuple[str, dict[str, Any]]:
    status, _, answer = cloudwatch._put_composite_alarm({}, {**properties, "AlarmName": name}, False, True)
    if status >= 400:
        raise ValueError(f"{TYPE} {name} was refused: {json.loads(answer).get('message')}")
    return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}


def _delete(name: str) -> None:
    status, _, answer = cloudwatch._delete_alarms({}, {"AlarmNames": [name]}, False, True)
    if status >= 400:
        raise ValueError(f"{TYPE} {name} was not deleted: {json.loads(answer).get('message')}")


def install() -> None:
    """Register the type, which MiniStack knows as a call and not as a resource."""

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
        return _put(properties.get("AlarmName") or f"{stack}-{logical_id}", properties)

    def update(name: str, _old: Properties, new: Properties, _stack: str) -> tuple[str, dict[str, Any]]:
        wanted = new.get("AlarmName") or name
        made = _put(wanted, new)
        if wanted != name:
            _delete(name)
        return made

    def delete(name: str, _properties: Properties) -> None:
        _delete(name)

    provisioners._RESOURCE_HANDLERS[TYPE] = {"create": create, "update": update, "delete": delete}
