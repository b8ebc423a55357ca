"""One account per e-mail address, also when both regions accept registrations for it at the same moment."""

from tests.cloud import Cloud
from tests.local.contention import report_of


def should_give_an_address_to_one_of_200_at_once_in_both_regions(cloud: Cloud) -> None:
    report = report_of(cloud, attempts=200)
    assert report.statuses == {201: 1, 409: 199}
    assert report.faults == []
