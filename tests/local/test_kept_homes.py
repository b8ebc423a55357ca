"""A home that was deployed and seeded once is where the next new homes start."""

import asyncio
import errno
import io
import os
import socket
from pathlib import Path

import pytest

from local.checklist import Checklist
from local.cloud import Cloud as LocalCloud
from local.home import Home
from local.snapshots import Snapshots
from tests.cloud import Cloud, Start
from tests.local.people import any_registered, log_in


def emails(cloud: Cloud) -> set[str]:
    """All users, as the administrator sees them."""
    answer = cloud.as_admin("GET", "/api/v1/users?limit=100")
    assert answer.status == 200, answer.text
    return {user["email"] for user in answer.json()["items"]}


@pytest.mark.timeout(900)  # the app is deployed twice
def should_deploy_once_for_all_new_homes_until_the_kept_one_is_damaged(
    tmp_path: Path, start_cloud: Start
) -> None:
    # GIVEN nothing that is kept, WHEN two start at once, THEN one deploys and the other takes a copy
    cache = tmp_path / "cache"
    clouds = [start_cloud(tmp_path / name, f"--cache={cache}") for name in ("one", "two")]
    for cloud in clouds:
        cloud.wait_until_ready()
    deploying, copying = sorted(clouds, key=lambda cloud: "✓ deployed" not in cloud.output)
    assert "✓ synthesized the app" in deploying.output
    assert "✓ registered an administrator and 25 users" in deploying.output
    assert "✓ took the kept deployment" in copying.output
    assert "synthesized" not in copying.output
    assert "deployed" not in copying.output
    assert "registered" not in copying.output

    # THEN both have the same users, and from now on users of their own
    assert copying.admin == deploying.admin
    assert emails(copying) == emails(deploying)
    assert len(emails(copying)) == 26
    theirs = any_registered(copying.edge).email
    assert log_in(copying.edge, theirs).status == 201
    assert log_in(deploying.edge, theirs).status == 401
    assert copying.stop() == deploying.stop() == 0

    # WHEN a file of the kept home is lost, THEN the next new home is deployed, and kept instead
    [kept] = (cache / "homes").glob("[!.]*")
    (kept / "saved" / "state" / "dynamodb.json").unlink()
    third = start_cloud(tmp_path / "three", f"--cache={cache}").wait_until_ready()
    assert "✓ found the app synthesized" in third.output
    assert "✓ deployed" in third.output
    assert len(emails(third)) == 26
    assert third.stop() == 0
    assert Snapshots(cache / "homes").find(kept.name) is not None


def should_say_that_a_home_could_not_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Snapshots, "add", refuse)
    printed = io.StringIO()
    with Home(tmp_path / "home") as home, socket.socket() as claim:
        cloud = LocalCloud(home, claim, cache=tmp_path, context={}, checklist=Checklist(printed))
        asyncio.run(cloud.keep_for_others("key"))
    [line] = printed.getvalue().splitlines()
    assert line.startswith("! The next new home is deployed again")
    assert "No space left on device" in line
