"""Which AWS Regions can hold a strongly consistent global table together."""

from dataclasses import dataclass
from typing import Final

#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html#V2globaltables_HowItWorks.consistency-modes
REGION_SETS: Final = {
    "US": frozenset({"us-east-1", "us-east-2", "us-west-2"}),
    "EU": frozenset({"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"}),
    "AP": frozenset({"ap-northeast-1", "ap-northeast-2", "ap-northeast-3"}),
}


@dataclass(frozen=True, kw_only=True)
class Regions:
    """Two regions that serve and a third that only witnesses writes, all of one published set.

    >>> regions = Regions(primary="eu-west-1", secondary="eu-central-1", witness="eu-west-3")
    >>> regions.peer("eu-west-1")
    'eu-central-1'

    :param primary: holds the stack of the table.
    :param secondary: the other that answers requests.
    :param witness: only confirms writes, so that either of the two may be lost; nothing runs there.
    :raises ValueError: two of the three are the same, or they do not belong to one set.
    """

    primary: str
    secondary: str
    witness: str

    def __post_init__(self) -> None:
        triple = (self.primary, self.secondary, self.witness)
        if len(set(triple)) < len(triple):
            raise ValueError(
                f"primary, secondary and witness region are {', '.join(triple)}; "
                "name three different ones, since one that is lost must not take another role with it."
            )
        if not any(members.issuperset(triple) for members in REGION_SETS.values()):
            sets = " · ".join(f"{name}: {', '.join(sorted(REGION_SETS[name]))}" for name in REGION_SETS)
            raise ValueError(
                f"primary, secondary and witness region are {', '.join(triple)}; "
                f"choose all three from one of the sets that DynamoDB keeps strongly consistent ({sets})."
            )

    @property
    def serving(self) -> tuple[str, str]:
        """The regions that hold replicas and answer requests, the primary first."""
        return self.primary, self.secondary

    def peer(self, region: str) -> str:
        """The other of the two serving regions.

        :raises ValueError: ``region`` does not serve.
        """
        if region not in self.serving:
            raise ValueError(f"{region} serves nothing; the serving regions are {', '.join(self.serving)}.")
        return self.secondary if region == self.primary else self.primary
