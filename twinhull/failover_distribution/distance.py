"""Which edge regions lie nearer to the secondary region than to the primary.

CloudFront tells a function the region of the regional edge cache that a request would use
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/general-helper-methods.html). Distance
stands for latency: it is right wherever one of two regions is clearly nearer, and elsewhere either will do.
"""

from math import asin, cos, radians, sin, sqrt
from typing import Final

# Latitude and longitude, in whole degrees, of the place that AWS names for each region
# (https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html).
COORDINATES: Final[dict[str, tuple[int, int]]] = {
    "af-south-1": (-34, 18),
    "ap-east-1": (22, 114),
    "ap-east-2": (25, 122),
    "ap-northeast-1": (36, 140),
    "ap-northeast-2": (38, 127),
    "ap-northeast-3": (35, 136),
    "ap-south-1": (19, 73),
    "ap-south-2": (17, 78),
    "ap-southeast-1": (1, 104),
    "ap-southeast-2": (-34, 151),
    "ap-southeast-3": (-6, 107),
    "ap-southeast-4": (-38, 145),
    "ap-southeast-5": (3, 102),
    "ap-southeast-6": (-37, 175),
    "ap-southeast-7": (14, 101),
    "ca-central-1": (46, -74),
    "ca-west-1": (51, -114),
    "eu-central-1": (50, 9),
    "eu-central-2": (47, 9),
    "eu-north-1": (59, 18),
    "eu-south-1": (45, 9),
    "eu-south-2": (42, -1),
    "eu-west-1": (53, -6),
    "eu-west-2": (52, 0),
    "eu-west-3": (49, 2),
    "il-central-1": (32, 35),
    "me-central-1": (24, 54),
    "me-south-1": (26, 51),
    "mx-central-1": (21, -100),
    "sa-east-1": (-24, -47),
    "us-east-1": (39, -77),
    "us-east-2": (40, -83),
    "us-west-1": (37, -122),
    "us-west-2": (46, -123),
}


def nearer_to_secondary(primary: str, secondary: str) -> list[str]:
    """Name every region whose requests the secondary should serve; a tie stays with the primary.

    >>> nearer_to_secondary("eu-west-1", "eu-central-1")[:3]
    ['af-south-1', 'ap-east-1', 'ap-east-2']
    """
    return [edge for edge in COORDINATES if _distance(edge, secondary) < _distance(edge, primary)]


def _distance(one: str, two: str) -> float:
    """Measure the great circle between two regions, in radians (the haversine formula)."""
    (latitude_1, longitude_1), (latitude_2, longitude_2) = (
        map(radians, COORDINATES[region]) for region in (one, two)
    )
    chord = (
        sin((latitude_2 - latitude_1) / 2) ** 2
        + cos(latitude_1) * cos(latitude_2) * sin((longitude_2 - longitude_1) / 2) ** 2
    )
    return 2 * asin(sqrt(chord))
