"""The emulator's folder: what a run starts from."""

from pathlib import Path

from local.emulator.workspace import Workspace


def should_start_without_what_a_function_left_behind(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    for path in ("state", "tmp"):
        (saved / path).mkdir(parents=True)
    (saved / "state" / "tmp").write_text("a service's own")
    (saved / "tmp" / "code").symlink_to(saved / "gone")
    workspace = Workspace(tmp_path)
    assert not workspace.open(port=1, patience=0)
    assert list(workspace.temporary.iterdir()) == []
    assert (workspace.state / "tmp").read_text() == "a service's own"


def should_change_the_addresses_of_a_state_to_those_of_its_port(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    (saved / "state").mkdir(parents=True)
    (saved / "port").write_text("8083")
    addresses = "localhost:8083/one a.localhost:8083 127.0.0.1:8083 localhost:80831"
    (saved / "state" / "sqs.json").write_text(addresses)
    workspace = Workspace(tmp_path)
    workspace.open(port=90, patience=0)
    changed = "localhost:90/one a.localhost:90 127.0.0.1:90 localhost:80831"
    assert (workspace.state / "sqs.json").read_text() == changed
    assert (workspace.running / "port").read_text() == "90"
    assert (saved / "state" / "sqs.json").read_text() == addresses
