"""A secret is fetched once and kept for a while."""

import boto3
import pytest
from moto import mock_aws

from tests.lambdas.api import REGION
from tests.lambdas.fakes import FakeSecret, Ticks, cached, code_of
from web.cached_secret import CACHE_SECONDS, REFETCH_SECONDS, CachedSecret


def should_be_asked_for_once_in_five_minutes() -> None:
    secret, ticks = FakeSecret(a="1"), Ticks()
    kept = cached(secret, ticks)
    assert [kept.value(), kept.value()] == [{"a": "1"}] * 2
    assert secret.asked == 1
    ticks.now += CACHE_SECONDS
    secret.text = '{"a": "2"}'
    assert kept.value() == {"a": "2"}


def should_serve_on_while_secrets_manager_does_not_answer() -> None:
    secret, ticks = FakeSecret(a="1"), Ticks()
    kept = cached(secret, ticks)
    kept.value()
    secret.works = False
    ticks.now += CACHE_SECONDS
    assert kept.value() == kept.value() == {"a": "1"}
    assert secret.asked == 2


@pytest.mark.parametrize("text", ["no JSON", "[]", "null"])
def should_be_unavailable_without_any_value(text: str) -> None:
    secret = FakeSecret()
    secret.text = text
    assert code_of(cached(secret).value) == "unavailable"
    secret.works = False
    assert code_of(cached(secret).value) == "unavailable"


def should_be_asked_again_once_a_minute_at_most() -> None:
    secret, ticks = FakeSecret(a="1"), Ticks()
    kept = cached(secret, ticks)
    kept.value()
    assert kept.refetch() is False
    ticks.now += REFETCH_SECONDS
    assert kept.refetch() is True
    assert kept.refetch() is False
    assert secret.asked == 2


def should_read_a_secret_as_secrets_manager_gives_it() -> None:
    with mock_aws():
        client = boto3.client("secretsmanager", region_name=REGION)
        client.create_secret(Name="name", SecretString='{"a": "1", "b": "", "c": 5}')
        assert CachedSecret(client, "name").value() == {"a": "1"}
        assert code_of(CachedSecret(client, "absent").value) == "unavailable"
