"""`python -m bench [--quick] [--record] [names...]`: measure, print tables, keep them if asked."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

from bench import fanout, joins, memory, record, resume, sends, storm, targets
from bench.scale import FULL, QUICK, Scale
from bench.servers import Workshop, opened
from bench.table import Row, markdown, with_ratios

MEASURES: dict[str, Callable[[Workshop, Scale], Iterator[Row]]] = {
    "fanout": fanout.measure,
    "joins": joins.measure,
    "memory": memory.measure,
    "sends": sends.measure,
    "resume": resume.measure,
    "storm": storm.measure,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Matinee beside other chat servers.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which of {', '.join(MEASURES)}; all if none is named")
    parser.add_argument("--quick", action="store_true", help="small numbers: minutes instead of a quarter of an hour")
    parser.add_argument("--record", action="store_true", help="keep the results in docs/benchmarks.md")
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.names) - set(MEASURES)):
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    signal.signal(signal.SIGTERM, _end)
    where = record.machine()
    rows = with_ratios(run(asked.names or list(MEASURES), QUICK if asked.quick else FULL))
    kind = "A quick run, with small numbers: provisional. " if asked.quick else ""
    results = f"{kind}{where}.\n\n### Targets\n\n{targets.table(rows)}\n\n{markdown(rows)}"
    print(f"\n{results}")
    if asked.record:
        record.record(results)
    return 0


def run(names: list[str], scale: Scale) -> list[Row]:
    """The rows of these benchmarks; each is mentioned on standard error as it comes."""
    rows = []
    began = time.monotonic()
    with opened() as shop:
        for name in names:
            for row in MEASURES[name](shop, scale):
                figures = ", ".join(f"{key} {value:.4g}" for key, value in row.figures.items())
                passed = time.monotonic() - began
                told = f"{passed:5.0f} s  {row.measure}: {row.load}: {row.subject}: {figures} {'; '.join(row.notes)}"
                print(told, file=sys.stderr, flush=True)
                rows.append(row)
    return rows


def _end(signum: int, frame: FrameType | None) -> None:
    """SIGTERM unwinds like Ctrl-C, so that the servers stop."""
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
