"""How everything was before a drill: kept in a file until it is so again, also when the drill is killed."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Deployment
from twinhull.ops.drain import restore
from twinhull.ops.drill.switches import Switches
from twinhull.ops.edge import Store
from twinhull.ops.trouble import Exit, TroubleError


@dataclass(frozen=True, kw_only=True)
class Before:
    """What a drill changes, as it was. Nothing was drained: else there is no drill."""

    path: Path

    @property
    def exists(self) -> bool:
        """Whether a drill is under way, or was cut short."""
        return self.path.exists()

    def save(self, switches: Switches) -> None:
        """Write it down, before anything is changed.

        :raises TroubleError: a drill was cut short, or the file cannot be written.
        """
        content = {"where": switches.where, "settings": switches.settings(), "pid": os.getpid()}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("x") as file:
                json.dump(content, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            # Also a folder on the way that is a file is said to exist.
            if isinstance(error, FileExistsError) and self.exists:
                raise TroubleError(
                    "drill-under-way",
                    f"A drill is under way, or was cut short ({self.path}): `twinhull drill-undo` puts back "
                    "what it changed.",
                ) from None
            raise TroubleError(
                "no-file", f"What the drill changes cannot be written down in {self.path} ({error})."
            ) from error

    def read(self) -> Mapping[str, Any]:
        """What was written down.

        :raises TroubleError: it cannot be read.
        """
        try:
            content: Mapping[str, Any] = json.loads(self.path.read_text())
            return {"where": content["where"], "settings": content["settings"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TroubleError(
                "bad-file",
                f"{self.path} cannot be read ({error}): set the functions' reserved concurrency by hand, "
                "`twinhull restore` what is drained, and delete the file.",
                Exit.UNKNOWN,
            ) from error

    def put_back(self, cloud: Cloud, deployment: Deployment, switches: Switches) -> list[str]:
        """Make everything as it was, and forget it; what was done, in words. May be done again.

        :raises TroubleError: something could not be put back; the file stays.
        """
        before = self.read()
        if before["where"] != switches.where:
            option = "with --aws" if before["where"] == "aws" else "without --aws"
            raise TroubleError("another-drill", f"That drill was one {option}: undo it so.", Exit.USAGE)
        switches.put_back(before["settings"])
        done = [f"{region} as before: {_said(each)}" for region, each in before["settings"].items()]
        drained = Store(cloud, deployment).read().region
        if drained:
            restore(cloud, deployment, drained, force=True)
            done.append(f"{drained} is drained no longer")
        self.path.unlink(missing_ok=True)
        return done


def _said(setting: Any) -> str:
    if isinstance(setting, dict):
        return ", ".join(f"{name} {'unreserved' if n is None else n}" for name, n in setting.items())
    return str(setting)


def before(deployment: str, *, local_port: int | None) -> Before:
    """The file of a deployment's drill: of this user and profile, or of the local cloud at a port."""
    folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "twinhull"
    profile = os.environ.get("AWS_PROFILE") or "default"
    place = f"localhost-{local_port}" if local_port is not None else profile.replace("/", "_")
    return Before(path=folder / f"{deployment}@{place}.drill.json")
