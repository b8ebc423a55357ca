"""The operators' commands, about the deployed whole: the same code as for AWS."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest

from tests.cloud import ROOT, Cloud
from tests.local.client import Answer
from tests.local.people import PASSWORD, any_email
from tests.tiers import first
from twinhull.ops import cloud as places
from twinhull.ops.cloud import Cloud as Place
from twinhull.ops.deployment import Deployment, Queue, look_up
from twinhull.ops.known import Known
from twinhull.ops.main import main
from twinhull.ops.redrive import redrive

READY = "/api/v1/health/ready"


class Twinhull:
    """The command `twinhull --local`."""

    def __init__(self, cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
        self._options = ["--name", "twinhull", "--local", "--port", str(cloud.port)]
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """The exit status, and all that was printed."""
        status = main([*self._options, *arguments])
        captured = self._capsys.readouterr()
        return status, captured.out + captured.err

    def json(self, *arguments: str) -> tuple[int, Any]:
        """The exit status, and the document."""
        status, printed = self(*arguments, "--json")
        return status, json.loads(printed)


@pytest.fixture
def twinhull(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> Iterator[Twinhull]:
    """Nothing is drained when the test is over: others share the cloud."""
    twinhull = Twinhull(cloud, capsys)
    yield twinhull
    if drained := twinhull.json("status")[1]["drained"]:
        assert twinhull("restore", drained, "--yes", "--force")[0] == 0


@pytest.fixture(params=first([0, 1]), ids=["primary", "secondary"])
def region(request: pytest.FixtureRequest, cloud: Cloud) -> str:
    """Each region in turn."""
    return cloud.regions[int(request.param)]


class Person(Thread):
    """Somebody who reads and registers all the time, and asks for one region while others are asked too."""

    def __init__(self, cloud: Cloud, avoid: str) -> None:
        super().__init__(daemon=True)
        self.answers: list[Answer] = []
        self._cloud = cloud
        self._headers = {"x-avoid-region": avoid}
        self._over = Event()

    def run(self) -> None:
        while not self._over.is_set():
            new = {"email": any_email(), "password": PASSWORD, "name": "Any"}
            self.answers.append(self._cloud.edge("GET", READY, headers=self._headers))
            self.answers.append(self._cloud.edge("POST", "/api/v1/users", new, headers=self._headers))

    def served(self) -> str:
        """The region of the next answer."""
        seen = len(self.answers)
        while len(self.answers) == seen:
            self.join(0.01)
        return str(self.answers[-1].headers["x-served-region"])

    def stop(self) -> None:
        self._over.set()
        self.join()


def should_move_everybody_away_and_back_under_load(cloud: Cloud, twinhull: Twinhull, region: str) -> None:
    (peer,) = set(cloud.regions) - {region}
    person = Person(cloud, avoid=peer)
    person.start()
    try:
        assert person.served() == region
        status, done = twinhull.json("evacuate", region, "--yes")
        assert (status, done["changed"], done["drained"]) == (0, True, True)
        assert done["seconds"]["obeyed"] >= done["seconds"]["written"]
        assert [person.served() for _ in range(4)][-1] == peer

        assert twinhull.json("evacuate", region, "--yes")[1]["changed"] is False
        status, refused = twinhull.json("evacuate", peer, "--yes", "--force")
        assert (status, refused["error"]["code"]) == (1, "peer-drained")
        assert person.served() == peer

        status, done = twinhull.json("restore", region, "--yes")
        assert (status, done["changed"], done["drained"]) == (0, True, False)
        assert [person.served() for _ in range(4)][-1] == region
        assert twinhull.json("restore", region, "--yes")[1]["changed"] is False
    finally:
        person.stop()
    assert {answer.status for answer in person.answers} == {200, 201}


def should_evacuate_a_region_that_is_lost_and_refuse_to_restore_it_before_it_is_back(
    cloud: Cloud, twinhull: Twinhull
) -> None:
    region, peer = cloud.regions
    with cloud.region(region, "refuse"):
        status, printed = twinhull("status")
        assert status == 1
        assert f"`twinhull evacuate {region}` sends everybody to {peer}." in printed
        assert twinhull("evacuate", region, "--yes")[0] == 0
        answer = cloud.edge("POST", "/api/v1/users", {}, headers={"x-avoid-region": peer})
        assert answer.headers["x-served-region"] == peer
        status, printed = twinhull("restore", region, "--yes")
        assert status == 1
        assert f"{region} stays drained: it could not serve." in printed
    status, found = twinhull.json("status")
    assert (status, found["drained"]) == (1, region)
    assert twinhull("restore", region, "--yes")[0] == 0


def should_refuse_to_leave_for_a_region_that_is_lost(cloud: Cloud, twinhull: Twinhull) -> None:
    peer, region = cloud.regions
    with cloud.region(peer, "refuse"):
        status, printed = twinhull("evacuate", region, "--yes")
    assert status == 1
    assert f"{region} is not drained: {peer} could not carry everything." in printed
    assert twinhull.json("status")[1]["drained"] is None


def should_show_the_status_as_text_and_as_json(cloud: Cloud, twinhull: Twinhull) -> None:
    status, printed = twinhull("status")
    assert (status, printed.splitlines()[-1]) == (0, "✓ All is well.")
    assert f"Page   {cloud.url}/  200" in printed
    status, found = twinhull.json("status")
    assert (status, found["findings"], found["unknown"]) == (0, [], [])
    assert [each["name"] for each in found["regions"]] == cloud.regions
    for each in found["regions"]:
        assert each["ready"] is True
        assert each["watchdog"]["mode"] == "report"
        assert {"accounts", "directory", "health", "operator"} <= each["functions"].keys()


def should_run_as_a_command_of_its_own(cloud: Cloud) -> None:
    command = [sys.executable, "-m", "twinhull.ops", "--local", f"--port={cloud.port}", "status", "--json"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["name"] == "twinhull"


@pytest.fixture
def place(cloud: Cloud) -> Place:
    """The cloud as the commands see it."""
    return places.local(cloud.port)


@pytest.fixture
def deployment(place: Place) -> Deployment:
    """What is deployed there."""
    return look_up(place, "twinhull", Known(None))


@pytest.fixture
def queue(place: Place, cloud: Cloud) -> Iterator[Queue]:
    """A queue with another one for its dead letters, of this test alone."""
    sqs = place.client("sqs", cloud.regions[0])
    made = [sqs.create_queue(QueueName=f"{uuid4()}{suffix}")["QueueUrl"] for suffix in ("", "-dead")]
    yield Queue(*made)
    for url in made:
        sqs.delete_queue(QueueUrl=url)


def bodies(receive: Callable[[], Any]) -> set[str]:
    found: set[str] = set()
    while messages := receive().get("Messages"):
        found |= {message["Body"] for message in messages}
    return found


def should_send_every_dead_letter_back_once(
    cloud: Cloud, place: Place, deployment: Deployment, queue: Queue
) -> None:
    sqs = place.client("sqs", cloud.regions[0])
    sent = {f"message {number}" for number in range(23)}
    for body in sent:
        sqs.send_message(QueueUrl=queue.dead_letters, MessageBody=body)
    region = replace(deployment.regions[0], queues={"sample": queue})
    assert redrive(place, region, "sample").moved == len(sent)
    assert bodies(lambda: sqs.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10)) == sent
    assert bodies(lambda: sqs.receive_message(QueueUrl=queue.dead_letters)) == set()
