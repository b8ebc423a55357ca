"""Settings: where they come from, and what is said of those that cannot be."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from stacks.application import CDK_JSON
from stacks.settings import BLOCK, Settings, SettingsError

DEFAULTS: dict[str, Any] = json.loads(CDK_JSON.read_text())["context"][BLOCK]

#: A value for each setting that cannot be, and what the message must say to mend it.
BAD = [
    ("alarms", "some", "'full' (all of docs/alarms.md)"),
    ("pages_to", "oncall", "who is woken by alarms"),
    ("tickets_to", "a@example.com,http://example.com", "who is told of alarms that can wait"),
    ("name", "My App", "3 to 21 lower-case letters"),
    ("name", "a", "3 to 21 lower-case letters"),
    ("name", "a-name-of-more-than-21-letters", "3 to 21 lower-case letters"),
    ("primary_region", "us-east-2", "name three different ones"),
    ("primary_region", 7, "like us-east-1"),
    ("secondary_region", "eu-west-1", "choose all three from one of the sets"),
    ("witness_region", "us-west-1", "choose all three from one of the sets"),
    ("consistency", "mostly", "'strong' (loses no acknowledged write) or 'eventual'"),
    ("user_namespace", "ours", "a UUID (uuidgen makes one)"),
    ("log_retention_days", 31, "one of 1, 3, 5, 7, 14, 30"),
    ("log_retention_days", "forever", "one of 1, 3, 5, 7, 14, 30"),
    ("key_rotation_days", 30, "31 to 365 days"),
    ("key_rotation_days", "never", "31 to 365 days"),
    ("rate_limit", 0, "1 to 10000 requests a second"),
    ("rate_limit", "many", "1 to 10000 requests a second"),
    ("burst_limit", 5_001, "1 to 5000 requests at once"),
    ("firewall", "maybe", "true (a firewall before the page and the API"),
    ("domain_name", "https://example.com", "like app.example.com"),
    ("domain_name", "app.example.com", "Set domain_name and hosted_zone_id (cdk.json or -c) both"),
    ("hosted_zone_id", "/hostedzone/Z1", "like Z0123456789ABCDEFGHIJ"),
    ("sender", "Twinhull <me@example.com>", "like notices@example.com"),
    ("sender", "nobody", "like notices@example.com"),
    ("mail_rate", 0, "1 to 200 notices a second"),
    ("origin_key", "c", "'a' or 'b', the value of the origin secret"),
    ("watchdog", "bark", "'report' (each region publishes how the other one is)"),
]


def settings(block: Any = DEFAULTS, **context: Any) -> Settings:
    return Settings.from_context(App(context={BLOCK: block, **context}).node)


def should_read_the_defaults_of_cdk_json() -> None:
    assert settings().model_dump(mode="json") == DEFAULTS


def should_let_the_command_line_precede_cdk_json() -> None:
    changed = settings(primary_region="eu-west-1", secondary_region="eu-west-2", witness_region="eu-west-3")
    assert changed.regions.serving == ("eu-west-1", "eu-west-2")


def should_take_numbers_from_the_command_line_as_text() -> None:
    assert settings(rate_limit="50").rate_limit == 50


def should_name_everything_after_the_deployment() -> None:
    shop = settings(name="shop")
    assert (shop.table_name, shop.keys_secret_name, shop.origin_secret_name) == (
        "shop-users",
        "shop/keys",
        "shop/origin",
    )
    assert shop.site_bucket_name("eu-west-1").startswith("shop-site-")


@pytest.mark.parametrize(("name", "value", "remedy"), BAD)
def should_say_how_to_mend_a_setting_on_the_command_line(name: str, value: Any, remedy: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(**{name: value})
    assert name in str(refused.value)
    assert remedy in str(refused.value)


@pytest.mark.parametrize(("name", "value", "remedy"), BAD)
def should_say_how_to_mend_a_setting_in_cdk_json(name: str, value: Any, remedy: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings({**DEFAULTS, name: value})
    assert remedy in str(refused.value)


@pytest.mark.parametrize("name", DEFAULTS)
def should_ask_for_a_missing_setting_by_its_name(name: str) -> None:
    with pytest.raises(SettingsError, match=f"The setting {name} is missing; set it in cdk.json"):
        settings({key: value for key, value in DEFAULTS.items() if key != name})


def should_have_a_bad_value_for_each_setting() -> None:
    assert {name for name, *_ in BAD} == set(Settings.model_fields) == set(DEFAULTS)


def should_refuse_an_unknown_setting_in_cdk_json() -> None:
    with pytest.raises(SettingsError, match=r"There is no setting colour; remove it .* There are: name, pri"):
        settings({**DEFAULTS, "colour": "blue"})


@pytest.mark.parametrize("misspelled", ["primary-region", "primaryregion", "consistancy", "rate_limits"])
def should_suggest_what_was_meant_on_the_command_line(misspelled: str) -> None:
    with pytest.raises(SettingsError, match=rf"There is no setting {misspelled}; write -c \w+=…"):
        settings(**{misspelled: "any"})


def should_leave_other_context_alone() -> None:
    assert settings(**{"@aws-cdk/core:explicitStackTags": True, "tree": 1}).name == DEFAULTS["name"]


def should_say_that_the_whole_block_is_missing() -> None:
    with pytest.raises(SettingsError, match=r"cdk\.json's context has no block 'twinhull'"):
        Settings.from_context(App().node)


@pytest.mark.slow
def should_end_a_synthesis_with_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, CDK_JSON.with_name("app.py")],
        env={**os.environ, "CDK_CONTEXT_JSON": '{"consistency": "mostly"}', "CDK_OUTDIR": str(tmp_path)},
        cwd=CDK_JSON.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("✗ The setting consistency is 'mostly'; set it")
    assert len(done.stderr.splitlines()) == 1
