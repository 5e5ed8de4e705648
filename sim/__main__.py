"""`python -m sim`: how near each other people are, under our rules and under those of other servers, on a virtual clock."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bench import record
from sim.node import SimError, Worlds, worlds
from sim.results import Row, markdown, worst
from sim.room import SimRoom
from sim.scenarios import DURATION, FULL, MATINEE, QUICK, RULES, SCENARIOS, Scale


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m sim", description="Watch together on a virtual clock.")
    names = ", ".join(SCENARIOS)
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=f"which of {names}; all if none is named")
    parser.add_argument("--quick", action="store_true", help="fewer people, for less time")
    parser.add_argument("--people", type=int)
    parser.add_argument("--minutes", type=int)
    parser.add_argument("--worlds", type=int, help="how many of each; the worst is shown")
    parser.add_argument("--record", action="store_true", help="keep the results in docs/benchmarks.md")
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.scenarios) - set(SCENARIOS)):
        parser.error(f"no such scenario: {', '.join(unknown)}")
    scale = (QUICK if asked.quick else FULL).changed(people=asked.people, minutes=asked.minutes, worlds=asked.worlds)
    try:
        results = f"{datetime.now(UTC):%Y-%m-%d}, {scale}.\n\n{markdown(list(measured(asked.scenarios, scale)))}"
    except SimError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\n{results}")
    if asked.record:
        record.record(results, marks=record.SIMULATED)
    return 0


def measured(scenarios: Sequence[str], scale: Scale) -> Iterator[Row]:
    """Each scenario under each rule; mentioned on standard error as it comes."""
    with worlds() as simulated:
        for scenario in scenarios or SCENARIOS:
            for rule in RULES:
                figures = worst([run(simulated, rule, scenario, scale, seed) for seed in range(1, scale.worlds + 1)])
                print(f"  {scenario}, {rule}: {figures}", file=sys.stderr, flush=True)
                yield Row(scenario, rule, figures)


def run(simulated: Worlds, rule: str, scenario: str, scale: Scale, seed: int) -> dict[str, float | None]:
    """The figures of one world. The same arguments, the same figures."""
    room = SimRoom(duration=DURATION, leads=rule == MATINEE)
    settings = SCENARIOS[scenario] | {"people": scale.people, "minutes": scale.minutes, "seed": seed, "rule": rule}
    return simulated.run(settings, room.answer)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
