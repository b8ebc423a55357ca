"""The lint names what the emulator would drop, and keeps its reviewed list honest."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local import fingerprint, lint
from local.emulator_process import ROOT
from local.mailbox import SETTINGS
from tests.local.emulated import resource
from tools.assembly import Assembly

EXISTING = "tests/local/test_lint.py::should_know_every_resource_of_our_templates"


def written(folder: Path, **resources: dict[str, Any]) -> Path:
    """An assembly of one stack with these resources."""
    template = {"Resources": resources}
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/us-east-1",
        "properties": {"templateFile": "sample.template.json"},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sample.template.json").write_text(json.dumps(template))
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"sample": stack}}))
    return folder


def dropped(tmp_path: Path, **resources: dict[str, Any]) -> set[str]:
    return set(lint.dropped(written(tmp_path / "assembly", **resources), cache=tmp_path / "cache"))


def accepted(name: str, *, test: str = EXISTING) -> lint.Accepted:
    return lint.Accepted(name=name, reason="any", test=test)


@pytest.fixture(scope="module")
def local_assembly(synthesize: Callable[..., Assembly]) -> Assembly:
    """The assembly that `make up` deploys."""
    return synthesize(**SETTINGS)


def should_know_every_resource_of_our_templates(local_assembly: Assembly) -> None:
    assert lint.problems(local_assembly.path) == []


def should_look_at_every_resource_and_property_that_is_deployed_by_default(
    assembly: Assembly, local_assembly: Assembly
) -> None:
    assert properties_of(assembly) - properties_of(local_assembly) == set()


def properties_of(assembly: Assembly) -> set[str]:
    """Each type, and each of its properties by path, in all templates."""

    def paths(value: Any, path: str) -> Iterator[str]:
        yield path
        if isinstance(value, dict):
            for key, one in value.items():
                yield from paths(one, f"{path}.{key}")
        elif isinstance(value, list):
            for one in value:
                yield from paths(one, f"{path}[]")

    return {
        path
        for template in assembly.path.glob("*.template.json")
        for resource in json.loads(template.read_text())["Resources"].values()
        for path in paths(resource.get("Properties", {}), resource["Type"])
    }


@pytest.mark.parametrize(
    "kind", ["AWS::CodeDeploy::Application", "Custom::Unheard", "AWS::CloudFormation::Macro"]
)
def should_name_a_type_that_the_emulator_lacks(tmp_path: Path, kind: str) -> None:
    folder = written(tmp_path / "assembly", One=resource(kind, ServiceToken="any"))
    (problem,) = lint.problems(folder, [], cache=tmp_path / "cache")
    assert problem.startswith(f"The emulator would drop {kind} (sample/One): ")


def should_name_a_property_that_the_emulator_drops(tmp_path: Path) -> None:
    bucket = resource(
        "AWS::S3::Bucket",
        BucketName="any",
        VersioningConfiguration={"Status": "Enabled"},
        IntelligentTieringConfigurations=[{"Id": "any", "Status": "Enabled", "Tierings": []}],
    )
    folder = written(tmp_path / "assembly", One=bucket)
    (problem,) = lint.problems(folder, [], cache=tmp_path / "cache")
    assert problem.startswith(
        "The emulator would drop AWS::S3::Bucket.IntelligentTieringConfigurations (sample/One): "
    )


def should_name_only_what_is_dropped_of_a_group(tmp_path: Path) -> None:
    table = resource(
        "AWS::DynamoDB::GlobalTable",
        TableName="any",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        Replicas=[
            {"Region": "us-east-1", "DeletionProtectionEnabled": True},
            {"Region": "us-west-2", "ContributorInsightsSpecification": {"Enabled": True}},
        ],
    )
    assert dropped(tmp_path, One=table) == {
        "AWS::DynamoDB::GlobalTable.Replicas[].ContributorInsightsSpecification"
    }


def should_not_blame_a_property_for_having_its_default_value(tmp_path: Path) -> None:
    block = {"BlockPublicAcls": False, "BlockPublicPolicy": True}
    assert not dropped(tmp_path, One=resource("AWS::S3::Bucket", PublicAccessBlockConfiguration=block))


def should_find_a_property_in_any_resource_of_a_type(tmp_path: Path) -> None:
    plain = resource("AWS::S3::Bucket", BucketName="plain")
    special = resource(
        "AWS::S3::Bucket", BucketName="special", ObjectLockEnabled=True, MetricsConfigurations=[{"Id": "a"}]
    )
    assert "AWS::S3::Bucket.MetricsConfigurations" in dropped(tmp_path, One=plain, Two=special)


def should_accept_what_was_reviewed(tmp_path: Path) -> None:
    folder = written(tmp_path / "assembly", One=resource("AWS::CodeDeploy::Application"))
    assert lint.problems(folder, [accepted("AWS::CodeDeploy::Application")], cache=tmp_path / "cache") == []


def should_fail_for_an_entry_that_is_not_needed(tmp_path: Path) -> None:
    folder = written(tmp_path / "assembly", One=resource("AWS::S3::Bucket"))
    (problem,) = lint.problems(folder, [accepted("AWS::S3::Bucket.Gone")], cache=tmp_path / "cache")
    assert problem.startswith(
        "local/accepted.toml accepts AWS::S3::Bucket.Gone, which the templates do not have"
    )


@pytest.mark.parametrize(
    "test", ["tests/local/test_lint.py::should_not_exist", "tests/nowhere.py::should_be"]
)
def should_fail_for_an_entry_without_a_test(tmp_path: Path, test: str) -> None:
    folder = written(tmp_path / "assembly", One=resource("AWS::CodeDeploy::Application"))
    entries = [accepted("AWS::CodeDeploy::Application", test=test)]
    (problem,) = lint.problems(folder, entries, cache=tmp_path / "cache")
    assert problem == (
        f"local/accepted.toml says that {test} covers AWS::CodeDeploy::Application, "
        "but there is no such test."
    )


def should_give_each_accepted_entry_a_reason(tmp_path: Path) -> None:
    assert all(len(entry.reason) > 20 for entry in lint.read_accepted())


def should_ask_again_when_a_template_changes_but_not_for_new_code(tmp_path: Path) -> None:
    def parameter(name: str) -> Path:
        return written(
            tmp_path / "assembly",
            One=resource("AWS::SSM::Parameter", Type="String", **{name: "v", "Value": "a" * 64}),
        )

    cache = tmp_path / "cache"
    assert not lint.dropped(parameter("Name"), cache=cache)
    assert len(list(cache.iterdir())) == 1
    folder = parameter("Name")
    template = folder / "sample.template.json"
    template.write_text(template.read_text().replace("a" * 64, "b" * 64))
    lint.dropped(folder, cache=cache)
    assert len(list(cache.iterdir())) == 1
    lint.dropped(parameter("Description"), cache=cache)
    assert len(list(cache.iterdir())) == 2


def should_ask_again_when_the_emulator_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, cache = written(tmp_path / "assembly", One=resource("AWS::S3::Bucket")), tmp_path / "cache"
    lint.dropped(folder, cache=cache)
    monkeypatch.setattr(fingerprint, "emulator", lambda: iter(["another"]))
    lint.dropped(folder, cache=cache)
    assert len(list(cache.iterdir())) == 2


def should_tell_by_its_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = written(tmp_path / "assembly", One=resource("AWS::CodeDeploy::Application"))
    assert lint.main([str(folder)]) == 1
    assert "AWS::CodeDeploy::Application" in capsys.readouterr().err
    assert lint.main([]) == 2


def should_need_no_value_that_only_the_deployed_secret_holds(tmp_path: Path) -> None:
    reference = "{{resolve:secretsmanager:any:SecretString:b::}}"
    assert dropped(tmp_path, One=resource("AWS::SSM::Parameter", Type="String", Value=reference)) == set()


def should_say_which_stack_cannot_be_provisioned(tmp_path: Path) -> None:
    elsewhere = resource("AWS::DynamoDB::GlobalTable", TableName="any", Replicas=[{"Region": "eu-west-1"}])
    folder = written(tmp_path / "assembly", One=elsewhere)
    with pytest.raises(lint.LintError, match="must contain the stack's own region us-east-1"):
        lint.dropped(folder, cache=tmp_path / "cache")


def should_keep_its_list_beside_the_lint() -> None:
    assert (ROOT / "local" / "accepted.toml") == lint.ACCEPTED
