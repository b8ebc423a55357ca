"""A command over its budget fails where budgets are enforced, and names the tests that took longest."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tools import budget
from tools.budget import Case, Run, budget_of, cases_in, faults, main, run, slowest, summary

REPORT = """\
<testsuites><testsuite>
  <testcase classname="tests.a" name="should_pass" time="0.5" />
  <testcase classname="tests.a" name="should_fail" time="2.25"><failure>any</failure></testcase>
  <testcase classname="tests.b" name="should_break" time="1"><error>any</error></testcase>
  <testcase classname="tests.b" name="should_wait" time="0"><skipped /></testcase>
</testsuite></testsuites>
"""


def any_case(name: str = "any", seconds: float = 1.0, outcome: str = "passed") -> Case:
    return Case(name=name, seconds=seconds, outcome=outcome)


def any_run(seconds: float, budget: float, *cases: Case, status: int = 0) -> Run:
    return Run(name="any", seconds=seconds, budget=budget, status=status, cases=cases)


def should_read_what_pytest_reports(tmp_path: Path) -> None:
    (tmp_path / "one.xml").write_text(REPORT)
    (tmp_path / "two.xml").write_text(REPORT)
    cases = cases_in(tmp_path)
    assert cases[:4] == (
        any_case("tests.a::should_pass", 0.5),
        any_case("tests.a::should_fail", 2.25, "failed"),
        any_case("tests.b::should_break", 1.0, "failed"),
        any_case("tests.b::should_wait", 0.0, "skipped"),
    )
    assert summary([any_run(1, 2, *cases)]) == "2 passed, 4 failed, 2 skipped"


def should_measure_a_command_and_forget_the_reports_of_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "before.xml").write_text(REPORT)
    command = [sys.executable, "-c", "import sys, time; time.sleep(0.2); sys.exit(3)"]
    found = run("any", command=command, budget=0.1, reports=tmp_path)
    assert (found.status, found.cases, found.is_over) == (3, (), True)


def should_list_the_slowest_first() -> None:
    cases = [any_case(str(number), number) for number in range(40)]
    lines = slowest(cases)
    assert lines[0].split() == ["39.0", "s", "39"]
    assert len(lines) == budget.SHOWN


def should_find_no_fault_within_the_budgets() -> None:
    assert faults([any_run(2, 2), any_run(1, 2)], seconds=budget.TOTAL) == []


def should_name_each_budget_that_is_exceeded_and_the_slowest_tests() -> None:
    found = faults([any_run(3, 2, any_case("slow", 2)), any_run(1, 2)], seconds=budget.TOTAL + 1)
    assert found == [
        "`make any` took 3 s; its budget is 2 s.",
        "     2.0 s  slow",
        "All together took 1801 s; the budget is 1800 s.",
        "     2.0 s  slow",
    ]


@pytest.mark.parametrize(("is_warm", "seconds"), [(True, 90), (False, 150)])
def should_give_the_check_more_time_without_a_cache(is_warm: bool, seconds: float) -> None:
    assert budget_of("check", is_warm=is_warm) == seconds
    assert budget_of("test", is_warm=is_warm) == 420


@pytest.fixture
def makes(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let each target take that long, and end like that."""

    def pretend(**outcomes: tuple[float, int]) -> None:
        def run(target: str, *, command: Sequence[str], budget: float) -> Run:
            assert command == ["make", target]
            seconds, status = outcomes[target]
            return Run(
                name=target, seconds=seconds, budget=budget, status=status, cases=(any_case(f"of {target}"),)
            )

        monkeypatch.setattr("tools.budget.run", run)

    return pretend


@pytest.mark.parametrize(
    ("seconds", "environment", "status"),
    [
        (420, {"BUDGET": "1"}, 0),
        (421, {"BUDGET": "1"}, 1),
        (421, {"BUDGET": "1"}, 1),
        (421, {}, 0),
    ],
)
def should_fail_over_the_budget_only_where_it_counts(
    makes: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    seconds: float,
    environment: Mapping[str, str],
    status: int,
) -> None:
    makes(test=(seconds, 0))
    assert main(["test"], environment) == status
    printed = capsys.readouterr().out
    assert f"make test: {seconds} s of 420 s" in printed
    assert ("its budget is 420 s.\n     1.0 s  of test" in printed) == (seconds > 420)
    assert printed.endswith("\n1 passed, 0 failed, 0 skipped\n")


def should_end_with_the_first_target_that_fails(makes: Callable[..., None]) -> None:
    makes(check=(1, 2))
    assert main(["check", "test", "proof"], {}) == 2
