"""A sample of mutants that stays the same, and fails when one survives that nobody has reviewed."""

from pathlib import Path

import pytest

from tools.mutation import REVIEWED, is_noticed, parse_results, reviewed, sample, unknown

NAMES = [f"any.x_any__mutmut_{number}" for number in range(1, 200)]
ENTRY = """
[[mutant]]
function = "any.x_any"
change = ["-    return 1", "+    return 2"]
reason = "any"
"""


def should_choose_the_same_mutants_whatever_else_there_is() -> None:
    chosen = sample(NAMES, 20)
    assert len(chosen) == 20
    assert sample(reversed(NAMES), 20) == chosen
    more = sample([*NAMES, *(f"other.x_other__mutmut_{number}" for number in range(20))], 20)
    assert len({*more} & {*chosen}) > 14


def should_let_those_survive_that_are_reviewed(tmp_path: Path) -> None:
    (tmp_path / "mutants.toml").write_text(ENTRY)
    known = reviewed(tmp_path / "mutants.toml")
    change = ["-    return 1", "+    return 2"]
    other = ["-    return 1", "+    return 3"]
    left = {"any.x_any__mutmut_7": change, "any.x_any__mutmut_8": other, "any.x_other__mutmut_1": change}
    assert unknown(left, known) == ["any.x_any__mutmut_8", "any.x_other__mutmut_1"]


def should_read_what_became_of_each_mutant() -> None:
    printed = "    any.x_any__mutmut_1: killed\n    any.x_any__mutmut_2: survived\n"
    assert parse_results(printed) == {"any.x_any__mutmut_1": "killed", "any.x_any__mutmut_2": "survived"}
    noticed = [is_noticed(each) for each in ("killed", "timeout", "survived", "no tests", "suspicious")]
    assert noticed == [True, True, False, False, False]


def should_not_take_a_mutant_that_was_not_tried_for_noticed() -> None:
    with pytest.raises(RuntimeError, match="before it had tried every mutant"):
        is_noticed("not checked")


def should_have_a_reason_for_each_that_may_survive() -> None:
    assert REVIEWED.read_text().count("[[mutant]]") == len(reviewed())
