"""Which deployment a command is about, as the options before its name say."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from twinhull.ops import deployment
from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Deployment
from twinhull.ops.known import Known, remembered
from twinhull.ops.trouble import Exit, TroubleError

CDK_JSON: Final = "cdk.json"


@dataclass
class Target:
    """Nothing is asked of anybody before a command needs it."""

    name: str | None
    make_cloud: Callable[[], Cloud]
    outputs: Path | None = None
    port: int = 8080
    folder: Path = field(default_factory=Path.cwd)

    @cached_property
    def cloud(self) -> Cloud:
        """Where it is."""
        return self.make_cloud()

    def looked_up(self) -> Deployment:
        """The deployment as CloudFormation describes it, as far as that answers."""
        return deployment.look_up(self.cloud, self._name, self._known)

    def recalled(self) -> Deployment:
        """The deployment as this machine knows it: no control plane is asked."""
        return deployment.recall(self.cloud, self._name, self._known)

    @property
    def _known(self) -> Known:
        if self.outputs:
            return Known(self.outputs, given=True)
        return Known(None) if self.cloud.is_local else remembered(self._name)

    @property
    def _name(self) -> str:
        if self.name:
            return self.name
        try:
            return str(json.loads((self.folder / CDK_JSON).read_text())["context"]["twinhull"]["name"])
        except (OSError, ValueError, KeyError, TypeError):
            raise TroubleError(
                "no-name",
                "Which deployment? Give --name before the command, or run it where its cdk.json is.",
                Exit.USAGE,
            ) from None
