"""Finds out which types and properties of an assembly's templates the emulator would drop.

It asks the emulator itself, not a list: it provisions the stacks in its own memory, one resource after the
other, and for each property of a template it lets a forked copy of itself provision that resource without
the property, and then with another value. When the state that the emulator would save is the same each
time, the property is dropped. A resource whose provisioning changes nothing is dropped as a whole.

Run by `local.lint` in the emulator's environment: `python -I local/emulator/probe.py <assembly>` prints
`{"dropped": {"<type>[.<property path>]": ["<stack>/<logical id>", …]}}`. `[]` in a path stands for every
element.
"""

import copy
import gc
import hashlib
import io
import itertools
import json
import os
import random
import re
import sys
import tempfile
import time
import traceback
import uuid
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

sys.path.append(str(Path(__file__).resolve().parents[2]))

Properties = dict[str, Any]
Keys = tuple[str, ...]

EVERY = "[]"
# Below these keys stand the user's data, not properties.
OPAQUE = {"PolicyDocument", "AssumeRolePolicyDocument", "Variables", "Tags", "KeyPolicy", "SystemMetadata"}
# Times and what is made of them differ between two runs that do the same.
_TIMES = (
    re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:?\d\d)?"),
    re.compile(r"1[789]\d{8}(?:\.\d+)?"),
)
_NOW = 1_700_000_000.0
_COPIES = os.cpu_count() or 1


def paths(value: object, prefix: Keys = ()) -> Iterator[Keys]:
    """Every property path below `value`, parents first."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield (*prefix, key)
            if key not in OPAQUE:
                yield from paths(child, (*prefix, key))
    elif isinstance(value, list):
        for child in value:
            yield from paths(child, (*prefix, EVERY))


def spelled(path: Keys) -> str:
    """`Origins[].Id` of `("Origins", "[]", "Id")`."""
    return ".".join(path).replace(f".{EVERY}", EVERY)


def changed(properties: Properties, path: Keys, change: Callable[[dict[str, Any], str], None]) -> Properties:
    """A copy of `properties` with `change` applied wherever `path` leads."""
    result = copy.deepcopy(properties)
    places: list[Any] = [result]
    for key in path[:-1]:
        if key == EVERY:
            places = [child for place in places if isinstance(place, list) for child in place]
        else:
            places = [place[key] for place in places if isinstance(place, dict) and key in place]
    for place in places:
        if isinstance(place, dict) and path[-1] in place:
            change(place, path[-1])
    return result


def _leave_out(place: dict[str, Any], key: str) -> None:
    del place[key]


def _alter(place: dict[str, Any], key: str) -> None:
    place[key] = other_value(place[key])


def other_value(value: object) -> object:
    """Some value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        if value in ("true", "false"):
            return "false" if value == "true" else "true"
        return str(int(value) + 1) if value.isdigit() else f"{value}x"
    return type(value)()


class Emulated:
    """MiniStack in this process, without a server."""

    def __init__(self) -> None:
        from ministack import app
        from ministack.core import persistence
        from ministack.services import lambda_svc, s3
        from ministack.services.cloudformation import provisioners

        import local.emulator.adaptations as adaptations
        from local.keys import Keys

        home = Path(tempfile.mkdtemp())
        adaptations.install(home, Keys(), replication_delay=1, workers_per_function=1)
        # Its threads would change the state behind our back, and its copies would write the same files.
        lambda_svc._schedule_state_transition = lambda *_: None
        lambda_svc._write_code_blob = lambda code: hashlib.sha256(code).hexdigest()
        self._app = app
        self._json = persistence._json_default
        self._provisioners = provisioners
        self._s3 = s3

    def knows(self, resource_type: str) -> bool:
        return resource_type in self._provisioners._RESOURCE_HANDLERS

    def provision(
        self, resource_type: str, logical_id: str, properties: Properties, stack: str
    ) -> tuple[str, Any]:
        physical_id, attributes = self._provisioners._provision_resource(
            resource_type, logical_id, copy.deepcopy(properties), stack
        )
        return str(physical_id), attributes

    def state(self) -> str:
        """What would be saved."""
        saved = {
            name: read()
            for name, read in self._app._build_persistence_save_dict().items()
            # CloudFormation keeps the template, whatever is made of it.
            if name != "cloudformation"
        }
        # Objects are kept in files of their own.
        saved["objects"] = self._s3._buckets
        return json.dumps(saved, default=self._json, sort_keys=True)

    def digests_after(self, attempts: Sequence[Callable[[], object]]) -> list[str]:
        """The digests of the state after each of `attempts`, or of its error, in copies of this process."""
        # The copies share the memory that the collector does not touch.
        gc.freeze()
        readers: list[int] = []
        digests: list[str] = []
        for attempt in attempts:
            if len(readers) - len(digests) >= _COPIES:
                digests.append(_answer(readers[len(digests)]))
            reader, writer = os.pipe()
            if os.fork() == 0:
                self._attempt(attempt, writer)
            os.close(writer)
            readers.append(reader)
        return digests + [_answer(reader) for reader in readers[len(digests) :]]

    def _attempt(self, attempt: Callable[[], object], writer: int) -> NoReturn:
        try:
            gc.disable()
            _make_deterministic()
            try:
                outcome = json.dumps(attempt(), default=str)
            except Exception as error:
                outcome = f"{type(error).__name__}: {error}"
            seen = outcome + self.state()
            for times in _TIMES:
                seen = times.sub("", seen)
            digest = hashlib.sha256(seen.encode()).hexdigest()
            os.write(writer, digest.encode())
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)


def _answer(reader: int) -> str:
    with os.fdopen(reader, "rb") as answer:
        digest = answer.read().decode()
    os.wait()
    if not digest:
        raise RuntimeError("a copy of the probe failed")
    return digest


def _make_deterministic() -> None:
    numbers = itertools.count()

    def some_bytes(length: int) -> bytes:
        return hashlib.shake_256(str(next(numbers)).encode()).digest(length)

    time.time = lambda: _NOW
    time.time_ns = lambda: int(_NOW * 1e9)
    uuid.uuid4 = lambda: uuid.UUID(bytes=some_bytes(16), version=4)
    os.urandom = some_bytes
    random._urandom = some_bytes  # type: ignore[attr-defined]
    random.seed(0)


class Probe:
    """Provisions an assembly and gathers what is dropped on the way."""

    def __init__(self, emulated: Emulated) -> None:
        self._emulated = emulated
        self._judged: dict[str, bool] = {}
        self.dropped: dict[str, list[str]] = {}

    def judge(self, resource_type: str, logical_id: str, properties: Properties, stack: str) -> None:
        """Note what the emulator would drop of one resource that it is about to provision."""
        name = f"{stack}/{logical_id}"
        if not self._emulated.knows(resource_type):
            self._drop(resource_type, name)
            return
        new = [
            path
            for path in dict.fromkeys(paths(properties))
            if self._label(resource_type, path) not in self._judged
        ]
        if not new and resource_type in self._judged:
            return

        def provisioning(variant: Properties) -> Callable[[], object]:
            return lambda: self._emulated.provision(resource_type, logical_id, variant, stack)

        def without_effect(
            candidates: list[Keys], change: Callable[[dict[str, Any], str], None]
        ) -> list[Keys]:
            variants = [provisioning(changed(properties, path, change)) for path in candidates]
            digests = self._emulated.digests_after(variants)
            return [path for path, digest in zip(candidates, digests, strict=True) if digest == normal]

        made = provisioning(properties)
        # Compared once more without what provisioning returns, which is there even when nothing was made.
        normal, again, alone, nothing = self._emulated.digests_after(
            [made, made, lambda: made() and None, lambda: None]
        )
        if normal != again:
            raise RuntimeError(f"{name} ({resource_type}) is provisioned differently each time")
        self._judged[resource_type] = alone != nothing
        if alone == nothing:
            self._drop(resource_type, name)
            return
        ignored = set(without_effect(without_effect(new, _leave_out), _alter))
        # A group counts as dropped when leaving it out and every change in it have no effect.
        for path in sorted(ignored, key=len, reverse=True):
            below = [other for other in new if len(other) > len(path) and other[: len(path)] == path]
            if any(other not in ignored for other in below):
                ignored.discard(path)
        for path in new:
            label = self._label(resource_type, path)
            self._judged[label] = path not in ignored
            if path in ignored and not any(path[:length] in ignored for length in range(1, len(path))):
                self._drop(label, name)

    def _drop(self, label: str, resource: str) -> None:
        self.dropped.setdefault(label, []).append(resource)

    @staticmethod
    def _label(resource_type: str, path: Keys) -> str:
        return f"{resource_type}.{spelled(path)}"


def _placeholder() -> bytes:
    """Stands for every asset: a zip with one file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("index.html", "placeholder")
    return archive.getvalue()


def _make_assets(assembly: Path, account: str) -> None:
    from ministack.core.responses import request_scope
    from ministack.services import s3

    body = _placeholder()
    for manifest in sorted(assembly.glob("*.assets.json")):
        for kind in json.loads(manifest.read_text())["files"].values():
            for place in kind["destinations"].values():
                bucket = place["bucketName"].replace("${AWS::AccountId}", account)
                with request_scope(account, place["region"]):
                    s3._create_bucket(bucket, b"", {})
                    s3._put_object(bucket, place["objectKey"], body, {})


def stacks_of(assembly: Path) -> list[dict[str, Any]]:
    """The stacks of an assembly, those that others depend on first: name, region, template."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    stacks = {name: one for name, one in artifacts.items() if one["type"] == "aws:cloudformation:stack"}
    ordered: list[dict[str, Any]] = []
    done: set[str] = set()

    def visit(name: str) -> None:
        if name in done or name not in stacks:
            return
        done.add(name)
        for dependency in stacks[name].get("dependencies", []):
            visit(dependency)
        ordered.append(
            {
                "name": stacks[name].get("properties", {}).get("stackName", name),
                "region": stacks[name]["environment"].rpartition("/")[2],
                "template": json.loads((assembly / stacks[name]["properties"]["templateFile"]).read_text()),
            }
        )

    for name in stacks:
        visit(name)
    return ordered


def _provision_stack(probe: Probe, emulated: Emulated, stack: dict[str, Any], account: str) -> None:
    from ministack.core.responses import request_scope
    from ministack.services import cloudformation
    from ministack.services.cloudformation import engine, stacks

    name, region, template = stack["name"], stack["region"], stack["template"]
    stack_id = f"arn:aws:cloudformation:{region}:{account}:stack/{name}/{uuid.uuid4()}"
    resources: dict[str, Any] = {}
    with request_scope(account, region):
        # The bootstrap's version stands for every parameter: our stacks have no others.
        parameters = {
            key: {"Value": str(value.get("Default", "")), "Type": "String", "NoEcho": False}
            for key, value in template.get("Parameters", {}).items()
        }
        mappings = template.get("Mappings", {})
        conditions = engine._evaluate_conditions(template, parameters)
        for logical_id in engine._topological_sort(template["Resources"], conditions):
            resource = template["Resources"][logical_id]
            properties = engine._resolve_refs(
                copy.deepcopy(resource.get("Properties", {})),
                resources,
                parameters,
                conditions,
                mappings,
                name,
                stack_id,
            )
            # Dynamic references stay as they are: operators may have changed what the secrets hold.
            probe.judge(resource["Type"], logical_id, properties, name)
            if emulated.knows(resource["Type"]):
                physical_id, attributes = emulated.provision(resource["Type"], logical_id, properties, name)
            else:
                physical_id, attributes = logical_id, {}
            resources[logical_id] = {
                "PhysicalResourceId": physical_id,
                "Attributes": attributes,
                "ResourceType": resource["Type"],
            }
        outputs, _ = stacks._resolve_stack_outputs(
            template.get("Outputs", {}), conditions, resources, parameters, mappings, name, stack_id
        )
        cloudformation._stacks[name] = {"StackId": stack_id, "StackName": name, "Outputs": outputs}


def main(assembly: Path) -> None:
    """Print what would be dropped of the templates in `assembly`."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.update(
            PERSIST_STATE="0",
            STATE_DIR=scratch,
            S3_DATA_DIR=scratch,
            DOCKER_HOST=f"unix://{scratch}/none",
            TMPDIR=scratch,
            LOG_LEVEL="ERROR",
        )
        # Read when it was first imported, before this folder was.
        tempfile.tempdir = scratch
        account = "000000000000"
        emulated = Emulated()
        _make_assets(assembly, account)
        probe = Probe(emulated)
        for stack in stacks_of(assembly):
            _provision_stack(probe, emulated, stack, account)
        print(json.dumps({"dropped": probe.dropped}), flush=True)
        # Threads of the emulator may still run.
        os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
