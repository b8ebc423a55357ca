"""One CloudFront distribution for a site and an API that are served from two regions."""

from twinhull.failover_distribution.construct import FailoverDistribution

__all__ = ["FailoverDistribution"]
