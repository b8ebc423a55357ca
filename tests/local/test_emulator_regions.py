"""What the emulator knows of the regions: where they are reached, and which ones start something."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.emulator_process import ENVIRONMENT, REGIONS, ROOT, Emulator
from tests.local.emulated import HOME, OTHER, client, deploy, resource, role

CODE = """
import json, os, urllib.request

def handler(event, context):
    return [os.environ["PEER"], os.environ["AWS_SDK_UA_APP_ID"]]
"""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("regions") / "home") as emulator:
        yield emulator


def test_calls_the_api_of_a_region_where_it_is_served(emulator: Emulator) -> None:
    emulator.tell_regions({HOME: "http://127.0.0.1:1", OTHER: "http://127.0.0.1:2"}, up={HOME, OTHER})
    function = resource(
        "AWS::Lambda::Function",
        Code={"ZipFile": CODE},
        Handler="index.handler",
        Runtime="python3.13",
        Role={"Fn::GetAtt": ["Role", "Arn"]},
        Environment={"Variables": {"PEER": f"https://abc123.execute-api.{OTHER}.amazonaws.com/ready"}},
    )
    deploy(
        emulator,
        "peer",
        {
            "Resources": {"Role": role(), "Function": function},
            "Outputs": {"Name": {"Value": {"Ref": "Function"}}},
        },
    )
    functions = client(emulator, "lambda")
    [name] = [one["FunctionName"] for one in functions.list_functions()["Functions"]]
    answer = functions.invoke(FunctionName=name, Payload=b"{}")
    # And functions say in which region they are.
    assert json.loads(answer["Payload"].read()) == ["http://127.0.0.1:2/ready", HOME]


INVOKE = """
import json, sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from ministack.core.responses import set_request_region
from ministack.services import eventbridge

reached = []
eventbridge._invoke_target = lambda target, event, *_: reached.append([event["Region"], event["Source"]])
from local.emulator import regions

regions.install(regions.Regions(Path(sys.argv[2])))
for region in ("us-east-1", "us-west-2", "eu-west-1"):
    set_request_region(region)
    for source in ("aws.events", "aws.scheduler", "shop"):
        eventbridge._invoke_target({}, {"Region": region, "Source": source}, {}, {})
print(json.dumps(reached))
"""


def test_starts_nothing_by_schedule_in_a_region_that_is_not_up(tmp_path: Path) -> None:
    """In the emulator's interpreter, without a server: the shortest schedule is a minute."""
    known = {
        HOME: {"front": "http://127.0.0.1:1", "up": False},
        OTHER: {"front": "http://127.0.0.1:2", "up": True},
    }
    (tmp_path / REGIONS).write_text(json.dumps(known))
    done = subprocess.run(
        [ENVIRONMENT / "bin" / "python", "-I", "-c", INVOKE, ROOT, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        [HOME, "shop"],
        [OTHER, "aws.events"],
        [OTHER, "aws.scheduler"],
        [OTHER, "shop"],
        ["eu-west-1", "shop"],
    ]
