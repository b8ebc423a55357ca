"""Which regions can work together."""

import pytest

from twinhull import Regions


@pytest.mark.parametrize(
    "triple",
    [
        ("us-east-1", "us-west-2", "us-east-2"),
        ("us-west-2", "us-east-2", "us-east-1"),
        ("eu-west-1", "eu-west-2", "eu-west-3"),
        ("eu-central-1", "eu-west-3", "eu-west-1"),
        ("ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
    ],
)
def should_accept_three_regions_of_one_set(triple: tuple[str, str, str]) -> None:
    primary, secondary, witness = triple
    assert Regions(primary=primary, secondary=secondary, witness=witness).serving == (primary, secondary)


@pytest.mark.parametrize(
    "triple",
    [
        ("us-east-1", "us-east-1", "us-west-2"),
        ("us-east-1", "us-west-2", "us-east-1"),
        ("us-east-1", "us-west-2", "us-west-2"),
    ],
)
def should_ask_for_three_different_regions(triple: tuple[str, str, str]) -> None:
    primary, secondary, witness = triple
    with pytest.raises(ValueError, match="name three different ones"):
        Regions(primary=primary, secondary=secondary, witness=witness)


@pytest.mark.parametrize(
    "triple",
    [
        ("us-east-1", "us-west-2", "eu-west-1"),
        ("us-east-1", "us-west-1", "us-west-2"),
        ("eu-west-1", "ap-northeast-1", "eu-west-2"),
        ("mars-north-1", "mars-north-2", "mars-north-3"),
    ],
)
def should_name_the_sets_to_choose_from(triple: tuple[str, str, str]) -> None:
    primary, secondary, witness = triple
    with pytest.raises(ValueError, match=r"choose all three from one of the sets .* EU: eu-central-1"):
        Regions(primary=primary, secondary=secondary, witness=witness)


def should_know_the_other_serving_region() -> None:
    regions = Regions(primary="us-east-1", secondary="us-west-2", witness="us-east-2")
    assert [regions.peer(region) for region in regions.serving] == ["us-west-2", "us-east-1"]


def should_give_the_witness_no_peer() -> None:
    regions = Regions(primary="us-east-1", secondary="us-west-2", witness="us-east-2")
    with pytest.raises(ValueError, match="the serving regions are us-east-1, us-west-2"):
        regions.peer("us-east-2")
