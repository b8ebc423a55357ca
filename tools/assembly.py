"""A synthesized assembly, to ask about."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of a template, and where it is."""

    stack: str
    region: str
    id: str
    body: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.body["Type"])

    @property
    def properties(self) -> dict[str, Any]:
        properties: dict[str, Any] = self.body.get("Properties", {})
        return properties

    @property
    def path(self) -> str:
        """Of the construct."""
        return str(self.body.get("Metadata", {}).get("aws:cdk:path", ""))


@dataclass(frozen=True)
class Assembly:
    """The templates of all stacks, as they were written."""

    path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.path / "manifest.json").read_text())
        return manifest

    @cached_property
    def stacks(self) -> dict[str, dict[str, Any]]:
        """Stack → what the manifest says of it."""
        return {
            name: artifact
            for name, artifact in self.manifest["artifacts"].items()
            if artifact["type"] == "aws:cloudformation:stack"
        }

    @cached_property
    def templates(self) -> dict[str, dict[str, Any]]:
        """Stack → its template."""
        return {
            name: json.loads((self.path / artifact["properties"]["templateFile"]).read_text())
            for name, artifact in self.stacks.items()
        }

    def region(self, stack: str) -> str:
        """The region a stack is deployed to."""
        return str(self.stacks[stack]["environment"]).rsplit("/", 1)[1]

    def resources(self, *types: str, stack: str = "") -> Iterator[Resource]:
        """All resources, or those of some types, in all stacks or those whose name has ``stack`` in it."""
        for name, template in self.templates.items():
            if stack in name:
                for id, body in template["Resources"].items():
                    if not types or body["Type"] in types:
                        yield Resource(stack=name, region=self.region(name), id=id, body=body)

    def functions(self) -> dict[tuple[str, str], Resource]:
        """(Region, name in `lambdas/functions/`) → the function."""
        return {
            (found.region, found.properties["Handler"].split(".")[1]): found
            for found in self.resources("AWS::Lambda::Function")
            if found.properties["Handler"].startswith("functions.")
        }
