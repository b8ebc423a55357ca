"""The SDK in packages: whole models of the clients that are made, and nothing of the others."""

import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stacks.code import LAMBDAS
from tests.packaging.folders import package, refusal, script, write
from twinhull.packaging import PackagingError, PythonPackage, Target, build, sdk_age
from twinhull.packaging.sdk import trim
from twinhull.packaging.sdk_clients import TrimmedSdk

HOST = Target(platform=None, python_version="{}.{}".format(*sys.version_info))
SESSION = "from botocore.session import get_session\nsession = get_session()\n"


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    """A folder whose lock pins botocore."""
    root = tmp_path / "shop"
    write(root, "requirements.txt", (LAMBDAS / "requirements.txt").read_bytes())
    return root


def sdk(root: Path, code: str, **options: object) -> TrimmedSdk | None:
    return package(root, {"app/handler.py": f"{code}\nhandler = 1"}, **options).sdk


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (f"{SESSION}session.create_client('dynamodb')", TrimmedSdk(services=("dynamodb",))),
        (f"{SESSION}session.create_client(service_name='s3')", TrimmedSdk(services=("s3",))),
        (f"{SESSION}get_session().create_client('sqs', region_name='x')", TrimmedSdk(services=("sqs",))),
        (
            f"{SESSION}client = session.create_client('s3')\nclient.get_paginator('list_buckets')",
            TrimmedSdk(services=("s3",), paginators=True),
        ),
        (
            f"{SESSION}session.create_client('s3').get_waiter('bucket_exists')",
            TrimmedSdk(services=("s3",), waiters=True),
        ),
        ("import botocore.auth", TrimmedSdk()),
        ("import json", None),
    ],
)
def should_find_the_clients_that_are_made(code: str, found: TrimmedSdk | None, locked: Path) -> None:
    assert sdk(locked, code) == found


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "name = 's3'\nsession.create_client(name)",
            "app/handler.py:5: the name of a client is no literal; write",
        ),
        ("session.create_client(f's{3}')", "app/handler.py:4: the name of a client is no literal"),
        (
            "session.create_client(**{'service_name': 's3'})",
            "app/handler.py:4: the name of a client is no literal",
        ),
        ("make = session.create_client", "app/handler.py:4: session.create_client is used as a value"),
        ("session.create_client('s3', api_version='2006-03-01')", "has the latest version of an API only"),
    ],
)
def should_refuse_a_client_whose_name_is_no_literal(code: str, sentence: str, locked: Path) -> None:
    assert sentence in refusal(locked, SESSION.strip() + "\n" + code)


def should_take_the_names_of_clients_that_are_no_literals_as_an_argument(locked: Path) -> None:
    code = f"{SESSION}session.create_client(handler)\nsession.create_client('s3')"
    assert sdk(locked, code, services=["sqs"]) == TrimmedSdk(services=("s3", "sqs"))


def should_keep_the_whole_sdk_when_asked(locked: Path) -> None:
    assert sdk(locked, f"{SESSION}session.create_client(handler)", sdk="whole") is None


def should_say_which_service_the_sdk_does_not_know(locked: Path, tmp_path: Path) -> None:
    made = package(locked, {"app/handler.py": f"{SESSION}handler = session.create_client('dynamo')"})
    with pytest.raises(PackagingError, match="knows no service 'dynamo'; correct the name"):
        build(made, cache=tmp_path / "cache")


def should_have_the_clients_that_are_made_and_no_others(locked: Path, tmp_path: Path) -> None:
    """The real SDK: a client of the package knows every operation; another has no model."""
    code = f"{SESSION}handler = session.create_client('dynamodb', region_name='us-east-1')"
    made = package(locked, {"app/handler.py": code})
    task = tmp_path / "task"
    with zipfile.ZipFile(build(made, target=HOST, cache=tmp_path / "cache")) as built:
        built.extractall(task)
        names = built.namelist()
    data = {name.split("/")[2] for name in names if name.startswith("botocore/data/")}
    assert data == {
        *("dynamodb", "_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json")
    }
    assert {name for name in names if name.startswith("botocore/docs/") and name.endswith(".py")} == {
        f"botocore/docs/{name}.py" for name in ("__init__", "docstring", "utils")
    }
    assert [name for name in names if name.startswith("botocore-") and "LICENSE" in name]
    assert [name for name in names if name.startswith(("boto3/", "s3transfer/"))] == []
    asked = (
        "from app.handler import handler, session; import botocore.session;"
        "print(len(handler.meta.service_model.operation_names), handler.meta.endpoint_url,"
        "session.get_available_services());"
        "print(botocore.__file__); print(handler.put_item.__doc__ is not None)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(task)!r}); {asked}"],
        env={"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"},
        capture_output=True,
        text=True,
        check=True,
    )
    operations, endpoint, services = done.stdout.splitlines()[0].split(" ", 2)
    import botocore.session

    whole = botocore.session.get_session().create_client("dynamodb", region_name="us-east-1")
    assert int(operations) == len(whole.meta.service_model.operation_names)
    assert (endpoint, services) == (whole.meta.endpoint_url, "['dynamodb']")
    assert done.stdout.splitlines()[1].startswith(str(task))


MODEL = {
    "metadata": {"endpointPrefix": "mail"},
    "documentation": "text",
    "clientContextParams": {"A": {"documentation": "text", "type": "string"}},
    "shapes": {
        "documentation": {"type": "structure", "documentation": "text"},
        "B": {
            "members": {"documentation": {"shape": "C", "documentation": "text"}},
            "list": [{"documentation": "t"}],
        },
    },
}


def contents(**files: bytes) -> dict[str, bytes]:
    endpoints: dict[str, Any] = {"partitions": [{"services": {"mail": {}, "sqs": {}}}]}
    return {
        "botocore/data/endpoints.json": json.dumps(endpoints).encode(),
        "botocore/data/post/2019-01-01/service-2.json": b"{}",
        "botocore/data/post/2020-01-01/service-2.json": json.dumps(MODEL).encode(),
        "botocore/data/post/2020-01-01/service-2.sdk-extras.json": b"{}",
        "botocore/data/post/2020-01-01/paginators-1.json": b"{}",
        "botocore/data/post/2020-01-01/waiters-2.json": b"{}",
        "botocore/data/post/2020-01-01/examples-1.json": b"{}",
        "botocore/data/sqs/2020-01-01/service-2.json": b"{}",
        "botocore/docs/__init__.py": b"import much",
        "botocore/docs/utils.py": b"utils",
        "botocore/docs/docstring.py": b"import much",
        "botocore/docs/method.py": b"from botocore.docs.shape import x",
        "botocore/client.py": b"from botocore.docs.docstring import A\nfrom botocore.docs.utils import B",
        **files,
    }


def should_leave_out_texts_and_keep_shapes_that_are_named_like_them() -> None:
    kept = trim(contents(), TrimmedSdk(services=("post",)), "any")
    assert json.loads(kept["botocore/data/post/2020-01-01/service-2.json"]) == {
        "metadata": {"endpointPrefix": "mail"},
        "clientContextParams": {"A": {"documentation": "", "type": "string"}},
        "shapes": {
            "documentation": {"type": "structure"},
            "B": {"members": {"documentation": {"shape": "C"}}, "list": [{}]},
        },
    }
    assert json.loads(kept["botocore/data/endpoints.json"]) == {"partitions": [{"services": {"mail": {}}}]}


@pytest.mark.parametrize(
    ("used", "found"),
    [
        (TrimmedSdk(services=("post",)), {"service-2.json", "service-2.sdk-extras.json"}),
        (
            TrimmedSdk(services=("post",), paginators=True, waiters=True),
            {"service-2.json", "service-2.sdk-extras.json", "paginators-1.json", "waiters-2.json"},
        ),
    ],
)
def should_keep_of_the_latest_model_what_is_used(used: TrimmedSdk, found: set[str]) -> None:
    kept = {path.split("/", 3)[2:][-1] for path in trim(contents(), used, "any") if "/data/post/" in path}
    assert kept == {f"2020-01-01/{name}" for name in found}


def should_keep_the_documentation_of_an_sdk_that_imports_more_of_it() -> None:
    assert "botocore/docs/method.py" not in trim(contents(), TrimmedSdk(), "any")
    more = contents(**{"boto3/docs.py": b"import botocore.docs.method"})
    assert trim(more, TrimmedSdk(), "any")["botocore/docs/method.py"] == more["botocore/docs/method.py"]


def should_follow_the_clients_of_boto3_as_well(tmp_path: Path, index: Path) -> None:
    from tests.packaging.wheels import pinned

    entries = pinned(
        index, "boto3", {"boto3/__init__.py": b"", "boto3/session.py": b""}, requires=["botocore"]
    ) + pinned(index, "botocore", via="boto3")
    write(tmp_path, "requirements.txt", entries)
    found = {
        "import boto3\nboto3.client('sqs')": TrimmedSdk(services=("sqs",)),
        "from boto3 import client\nclient('sqs')": TrimmedSdk(services=("sqs",)),
        "from boto3.session import Session\nSession().client('sqs')": TrimmedSdk(services=("sqs",)),
        "import boto3\nboto3.resource('s3')": TrimmedSdk(services=("s3",), paginators=True, waiters=True),
        "import boto3\nfrom app import other\nother.client(1)\nboto3.client('s3').client()": TrimmedSdk(
            services=("s3",)
        ),
    }
    write(tmp_path, "app/other.py", "def client(x): ...")
    assert {code: sdk(tmp_path, code) for code in found} == found
    for code in (
        "make = boto3.client",
        "getattr(boto3, 'client')('s3')",
        "from boto3 import client\nmake = client",
    ):
        assert "is used as a value" in refusal(tmp_path, f"import boto3\n{code}")


def should_trim_nothing_of_a_package_without_the_sdk() -> None:
    assert trim({"a.py": b""}, TrimmedSdk(), "any") == {"a.py": b""}


def should_be_part_of_the_hash() -> None:
    hashes = {
        PythonPackage(name="any", files={"a.py": b""}, sdk=each).hash
        for each in (None, TrimmedSdk(), TrimmedSdk(services=("s3",)), TrimmedSdk(paginators=True))
    }
    assert len(hashes) == 4


def should_tell_how_old_the_sdk_in_a_lock_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = write(tmp_path, "requirements.txt", f"botocore==1.44.5 --hash=sha256:{'a' * 64}")
    answers = {
        "echo '[[packages]]'; echo 'wheels = [{ upload-time = 2026-11-17T20:24:14Z }]'": (
            "The functions' SDK is botocore 1.44.5, released on 2026-11-17, 13 days ago."
        ),
        "echo '[[packages]]'; echo 'wheels = [{ upload-time = 1 }]'": "when it was released is unknown.",
        "echo '[[packages]]'": "when it was released is unknown.",
        "echo '['": "when it was released is unknown.",
        "exit 1": "when it was released is unknown.",
    }
    monkeypatch.setattr("twinhull.packaging.sdk_release.find_uv_bin", lambda: str(tmp_path / "uv-command"))
    for answer, sentence in answers.items():
        script(tmp_path, "uv-command", answer)
        assert sdk_age(lock, datetime(2026, 12, 1, tzinfo=UTC)).endswith(sentence)
    lock.write_text("")
    assert sdk_age(lock) == "requirements.txt pins no SDK; functions use that of Lambda's runtime."
