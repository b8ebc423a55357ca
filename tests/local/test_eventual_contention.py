"""Who registers at once in both regions when the users' table is an ordinary global table."""

from pathlib import Path

from tests.cloud import Start
from tests.local.contention import report_of


def should_report_the_lost_account_when_tables_are_only_eventually_consistent(
    tmp_path: Path, start_cloud: Start
) -> None:
    cloud = start_cloud(tmp_path / "home", "--context=consistency=eventual").wait_until_ready()
    # Both regions must take the address within a second, which a busy machine does not do each time.
    reports = (report_of(cloud, attempts=60) for _ in range(5))
    report = next((one for one in reports if one.created > 1), None)
    cloud.stop()
    assert report, "the regions never took the address at the same moment"
    assert report.created == 2
    assert report.working == 1
    assert report.faults[:2] == [
        "2 callers were told that the account is theirs",
        "1 accounts that were acknowledged are lost",
    ]
