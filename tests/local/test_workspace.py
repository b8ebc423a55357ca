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
    assert not workspace.open(patience=0)
    assert list(workspace.temporary.iterdir()) == []
    assert (workspace.state / "tmp").read_text() == "a service's own"
