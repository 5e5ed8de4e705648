"""The benchmarks run and tidy up. How fast anything is, no test asks."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path

import psutil
import pytest

from bench import fanout
from bench.scale import Scale
from bench.servers import opened
from bench.table import MATINEE, markdown, with_ratios

pytestmark = pytest.mark.embedded_only

TINY = Scale(sizes=(5,), warm_up=0.1, seconds=0.3, light_seconds=0.3)
BASELINE = "websockets.broadcast"


def test_a_tiny_fan_out_of_two_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    processes, cores = psutil.Process().children(recursive=True), os.sched_getaffinity(0)
    contenders = tuple(contender for contender in fanout.CONTENDERS if contender.name in (MATINEE, BASELINE))
    with opened() as shop:
        rows = with_ratios(list(fanout.measure(shop, TINY, contenders)))

    loads = [f"N=5, {load}" for load in (fanout.ONE, fanout.LIGHT, fanout.MANY)]
    assert [(row.subject, row.load) for row in rows] == [(name, load) for name in (MATINEE, BASELINE) for load in loads], rows
    for row in rows:
        assert row.figures["lost"] == 0
        assert all(math.isfinite(value) and value > 0 for key, value in row.figures.items() if key != "lost"), row
    assert [row.figures["ratio"] for row in rows if row.subject == MATINEE] == [1, 1, 1]
    shown = markdown(rows)
    assert shown.count(f"| {BASELINE} ") == 3

    assert set(psutil.Process().children(recursive=True)) <= set(processes)
    assert list(tmp_path.iterdir()) == []
    assert os.sched_getaffinity(0) == cores
