"""What is asked of AWS and of package indexes, whatever the person at the terminal has set."""

from pathlib import Path

import pytest

from local.aws import Aws
from local.commands import bare_environment, installing_environment
from local.keys import Keys


def should_not_care_about_anybodys_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "config"
    broken.write_text("[profile")
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(broken))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://aws.example")

    client = Aws("http://127.0.0.1:1", Keys()).cloudformation("us-west-2")

    assert client.meta.endpoint_url == "http://127.0.0.1:1"
    assert client.meta.region_name == "us-west-2"


def should_tell_only_what_installs_packages_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mirror.example")
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    monkeypatch.setenv("AWS_PROFILE", "production")

    installing, other = installing_environment(), bare_environment()

    assert installing["UV_DEFAULT_INDEX"] == "https://mirror.example"
    assert installing["https_proxy"] == "http://proxy.example"
    assert {"UV_DEFAULT_INDEX", "https_proxy"} & other.keys() == set()
    assert "AWS_PROFILE" not in installing
