"""What exploration adds to the evidence: every scope searched and judged, and both engines held against each other."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from podlaw.explore import Report, explore
from podlaw.explore.live import Live
from podlaw.law import Law
from scopes import LAW, SCOPES, SMALL, ground_graph, live_graph, ready
from walks import Timed, Walked, timed, walked

TESTS = Path(__file__).parent
COUNTS = yaml.safe_load((TESTS / "data" / "scopes.yaml").read_text(encoding="utf-8"))
UNFIRED = yaml.safe_load((TESTS / "data" / "unfired.yaml").read_text(encoding="utf-8"))
BOTH = [name for name, count in COUNTS.items() if count["states"] < 20_000]
LARGER = [name for name in COUNTS if name not in BOTH]
FEW = [name for name in SMALL if COUNTS[name]["states"] < 1_000]  # for tests of each; `nox -s verify` explores and counts all
STEPS, TIMED = 100_000, 300  # of one random walk, of the lives by the clock on one scope
Row = tuple[str, str]
T = TypeVar("T")


class Compared(msgspec.Struct, frozen=True):
    """Both engines on the scopes that are not too large: how many edges are equal, the scopes that differ, and how often each row decided."""

    edges: int
    different: list[str]
    fired: Counter[Row]


@cache
def reports() -> dict[str, Report]:
    """Explore every scope that is not large."""
    names = sorted((name for name, one in SCOPES.items() if one.spec.size != "large"), key=lambda name: -COUNTS.get(name, {"states": 0})["states"])
    with multiprocessing.get_context("fork").Pool() as pool:
        return dict(zip(names, pool.map(_explored, names, chunksize=1), strict=True))


def _explored(name: str) -> Report:
    return explore(name, LAW)


@cache
def compared() -> Compared:
    """Walk every scope of fewer than 20,000 states on the live machines and on the ground form, on all processors."""
    each = _each(_compared, BOTH).values()
    edges, different, fired = zip(*each, strict=True)
    return Compared(sum(edges), [name for name in different if name], sum(fired, Counter()))


@cache
def walks() -> dict[str, Walked]:
    """Walk at random on every other scope."""
    return _each(_walked, LARGER)


@cache
def lives() -> dict[str, Timed]:
    """Live by the clock on every scope."""
    return _each(_timed, SCOPES)


def _each(work: Callable[[str], T], names: Iterable[str]) -> dict[str, T]:
    """Do the same on many scopes, on all processors, the large ones first."""
    ordered = sorted(names, key=lambda name: -COUNTS[name]["states"])
    with multiprocessing.get_context("fork").Pool() as pool:
        return dict(zip(ordered, pool.map(work, ordered, chunksize=1), strict=True))


def _walked(name: str) -> Walked:
    return walked(ready(name), Live(LAW, SCOPES[name]), STEPS)


def _timed(name: str) -> Timed:
    return timed(ready(name), Live(LAW, SCOPES[name], timed=True), TIMED)


def _compared(name: str) -> tuple[int, str, Counter[Row]]:
    live = Live(LAW, SCOPES[name])
    graph = live_graph(name, live)
    return sum(map(len, graph.values())), "" if graph == ground_graph(name) else name, live.fired


def failures(name: str, report: Report) -> Iterator[str]:
    """Yield what is wrong with the exploration of one scope."""
    yield from (f"{name}: {b.property}: {b.says}" for b in report.violations if b.strength != "soft")
    found = {"states": report.states, "edges": report.edges, "depth": report.depth, "ends": report.ends, "capped": report.capped}
    if found != COUNTS.get(name):
        yield f"{name}: tests/data/scopes.yaml has other counts than {found}"
    if report.verdict != "holds":
        yield f"{name}: {report.verdict} {report.stopped}".rstrip()


def unfired(law: Law, fired: Counter[Row]) -> Iterator[str]:
    """Yield the rows of the model's tables that never decided without a reason, and those that did although a reason says they cannot."""
    asked = {table for table, _ in fired}
    every = {(name, line.row) for name, (_, _, lines) in law.tables.items() if name in asked for line in lines}
    known = {(table, row) for table, rows in UNFIRED.items() for row in rows}
    yield from (f"{table}/{row} never decides" for table, row in sorted(every - set(fired) - known))
    yield from (f"{table}/{row} decides; remove it from tests/data/unfired.yaml" for table, row in sorted(known & set(fired)))
