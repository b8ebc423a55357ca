"""All alarms of a region's stacks, and what they say of invented series."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.alarms.arithmetic import Evaluated, State, World, holds
from tools.assembly import Assembly

#: Minutes after which a state does not depend on the one before.
RECENT = 10


@dataclass
class Panel:
    """Some alarms, all evaluated by the same arithmetic; composites see the others."""

    alarms: list[Evaluated]
    composites: Mapping[str, str]  # name → rule

    @classmethod
    def of(cls, assembly: Assembly, *stacks: str) -> "Panel":
        """The alarms of stacks."""
        alarms: list[Evaluated] = []
        composites: dict[str, str] = {}
        for one in assembly.resources("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
            if one.stack in stacks:
                if one.type.endswith("CompositeAlarm"):
                    composites[one.properties["AlarmName"]] = one.properties["AlarmRule"]
                else:
                    alarms.append(Evaluated(plain(one.properties)))
        return cls(alarms, composites)

    def run(self, world: World, minutes: int, since: int = 0) -> list[dict[str, State]]:
        """The states after each minute; what was before `since` is only looked back at."""
        for alarm in self.alarms:
            alarm.state = "INSUFFICIENT_DATA"
        found: list[dict[str, State]] = []
        for minute in range(since, minutes):
            states = {alarm.name: alarm.step(world, minute) for alarm in self.alarms}
            for name, rule in self.composites.items():
                states[name] = "ALARM" if holds(rule, states) else "OK"
            found.append(states)
        return found

    def firing(self, world: World, minutes: int) -> set[str]:
        """What is in alarm at the end, without the deployment's name and without what notifies nobody."""
        silent = {one.name for one in self.alarms if not one.properties.get("AlarmActions")}
        states = self.run(world, minutes, since=minutes - RECENT)[-1]
        return {
            name.partition("-")[2]
            for name, state in states.items()
            if state == "ALARM" and name not in silent
        }

    def ever(self, world: World, minutes: int, name: str) -> list[int]:
        """The minutes after which one is in alarm."""
        states: Sequence[Mapping[str, State]] = self.run(world, minutes)
        return [minute for minute, each in enumerate(states) if each[f"twinhull-{name}"] == "ALARM"]

    def only(self, *names: str) -> "Panel":
        """The alarms whose rows have these names, and the composites of only those."""
        kept = [deepcopy(one) for one in self.alarms if one.name.split("-")[1] in names]
        known = {one.name for one in kept}
        rules = {name: rule for name, rule in self.composites.items() if _named(rule) <= known}
        return Panel(kept, rules)


def _named(rule: str) -> set[str]:
    return set(rule.split('"')[1::2])


def plain(value: Any) -> Any:
    """A part of a template with each reference as a text that names what it refers to."""
    if isinstance(value, dict):
        if "Ref" in value:
            return value["Ref"]
        if "Fn::GetAtt" in value:
            return value["Fn::GetAtt"][0]
        if "Fn::Join" in value:
            return "".join(map(plain, value["Fn::Join"][1]))
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value
