"""Another origin secret: while functions accept both, when the edge sends the new one, and afterwards."""

import time
from pathlib import Path

import pytest

from tests.cloud import Cloud, Start
from tests.local.client import Client
from tests.local.people import any_registered, log_in
from tests.local.processes import end_functions
from twinhull.ops import rotation
from twinhull.ops.main import main


class Impatient:
    """Time in which functions are started anew instead of waiting until they may ask again."""

    monotonic = staticmethod(time.monotonic)

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def sleep(self, seconds: float) -> None:
        if seconds > rotation.PAUSE:
            end_functions(self._cloud.process.pid)
        else:
            time.sleep(0.2)


@pytest.mark.proof
def should_send_another_secret_to_the_apis_after_a_rotation(
    tmp_path: Path,
    start_cloud: Start,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def rotate(cloud: Cloud) -> str:
        monkeypatch.setattr(rotation, "time", Impatient(cloud))
        options = ["--name", "twinhull", "--local", "--port", str(cloud.port)]
        assert main([*options, "rotate-origin", "--yes"]) == 0, capsys.readouterr()
        return capsys.readouterr().out

    def statuses(cloud: Cloud, sent: str) -> list[int]:
        clients = (Client(origin.url, {"x-origin-verify": sent}) for origin in cloud.origins.values())
        return [client("GET", "/api/v1/health/ready").status for client in clients]

    def sent(cloud: Cloud) -> str:
        (value,) = {origin["headers"]["x-origin-verify"] for origin in cloud.config["origins"].values()}
        return str(value)

    # GIVEN a new value in every region, WHEN the edge still sends the earlier one, THEN both are accepted
    home = tmp_path / "home"
    cloud = start_cloud(home).wait_until_ready()
    email = any_registered(cloud.edge).email
    earlier, printed = sent(cloud), rotate(cloud)
    assert 'set "origin_key": "b"' in printed
    assert statuses(cloud, earlier) == [200, 200]
    cloud.stop()

    # WHEN the edge is deployed with the other key, THEN it sends the new value
    cloud = start_cloud(home, "--context=origin_key=b").wait_until_ready()
    assert "✓ deployed twinhull-edge" in cloud.output
    later = sent(cloud)
    assert later != earlier
    assert statuses(cloud, earlier) == statuses(cloud, later) == [200, 200]

    # WHEN the earlier value is taken out, THEN nobody accepts it any more, and the edge goes on
    printed += rotate(cloud)
    assert "the secret holds b alone" in printed
    end_functions(cloud.process.pid)
    assert statuses(cloud, earlier) == [403, 403]
    assert statuses(cloud, later) == [200, 200]
    assert log_in(cloud.edge, email).status == 201
    assert earlier not in printed
    assert later not in printed
    cloud.stop()
