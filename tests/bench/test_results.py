"""What is made of the measurements: ratios, targets, the page they are kept on."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import record, targets
from bench.table import MATINEE, Row, grid, shown, with_ratios
from bench.targets import Target

ROWS = [
    Row("Fan-out", MATINEE, "N=10, light", {"delivery_us": 4.0}),
    Row("Fan-out", "node ws", "N=10, light", {"delivery_us": 10.0}),
    Row("Fan-out", "node ws", "N=100, light", {"delivery_us": 10.0}),
    Row("Fan-out", "broken", "N=10", {}, ("not measured: why",)),
]


def test_ratios_compare_the_same_load() -> None:
    assert [row.figures.get("ratio") for row in with_ratios(ROWS)] == [1.0, 2.5, None, None]


@pytest.mark.parametrize(
    ("bound", "limit", "against", "expected"),
    [
        ("<=", 4, "", (4.0, True)),
        ("<=", 3.9, "", (4.0, False)),
        (">=", 2, "node ws", (2.5, True)),
        (">=", 3, "node ws", (2.5, False)),
        ("<=", 1, "node ws", (0.4, True)),
        (">=", 3, "broken", None),
    ],
)
def test_a_target_is_judged(bound: str, limit: float, against: str, expected: tuple[float, bool] | None) -> None:
    target = Target("words", "Fan-out", "N=10, light", "delivery_us", bound, limit, against)  # type: ignore[arg-type]
    assert target.reached(ROWS) == expected


def test_what_was_not_measured_is_said() -> None:
    lines = targets.table(ROWS).splitlines()
    assert len(lines) == len(targets.TARGETS) + 2
    assert all("not measured" in line for line in lines[2:])


def test_tables_line_up_and_leave_out_an_empty_last_column() -> None:
    assert grid([["a", "long", "notes"], ["bb", "1", ""]]) == "| a  | long |\n|----|------|\n| bb | 1    |"
    assert grid([["a", "notes"], ["1", "why"]]).splitlines()[2] == "| 1 | why   |"


def test_three_digits_are_shown() -> None:
    values = [0, 1234.5, 99.96, 12.34, 1.234, float("nan")]
    assert [shown(value) for value in values] == ["0", "1,234", "100.0", "12.3", "1.23", "-"]


def test_results_are_kept_between_the_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{record.SERVERS[0]}\nold\n{record.SERVERS[1]}\nafter\n")
    record.record("new", page)
    assert page.read_text() == f"before\n{record.SERVERS[0]}\n\nnew\n\n{record.SERVERS[1]}\nafter\n"
    page.write_text("no markers")
    with pytest.raises(ValueError, match="markers"):
        record.record("new", page)


def test_the_page_has_its_markers_and_the_machine_is_described() -> None:
    text = record.PAGE.read_text()
    for begin, end in (record.SERVERS, record.TOGETHER, record.SIMULATED):
        assert text.index(begin) < text.index(end)
    assert "Python" in record.machine()
