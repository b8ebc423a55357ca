"""One CloudFront distribution in front of two regions: a static site and an API that survive the loss of either."""

from twinhull.failover_distribution.construct import FailoverDistribution

__all__ = ["FailoverDistribution"]
