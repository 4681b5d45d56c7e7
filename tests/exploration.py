"""What exploration adds to the evidence: every scope searched and judged, and both engines held against each other."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import yaml

from podlaw.explore.judge import judge
from podlaw.explore.live import Live
from podlaw.explore.report import Report, report
from podlaw.law import Law
from scopes import LAW, SCOPES, SMALL, found, ground_graph, live_graph, ready
from walks import Timed, Walked, timed, walked

TESTS = Path(__file__).parent
COUNTS = yaml.safe_load((TESTS / "data" / "scopes.yaml").read_text(encoding="utf-8"))
UNFIRED = yaml.safe_load((TESTS / "data" / "unfired.yaml").read_text(encoding="utf-8"))
BOTH = [name for name, count in COUNTS.items() if count["states"] < 20_000]
LARGER = [name for name in COUNTS if name not in BOTH]
FEW = [name for name in SMALL if COUNTS[name]["states"] < 500]  # for tests of each; `nox -s verify` explores and counts all
STEPS, TIMED = 100_000, 300  # of one random walk, of the lives by the clock on one scope
Row = tuple[str, str]


class Compared(msgspec.Struct, frozen=True):
    """Both engines on the scopes that are not too large: how many edges are equal, the scopes that differ, and how often each row decided."""

    edges: int
    different: list[str]
    fired: Counter[Row]


class Held(msgspec.Struct, frozen=True):
    """What one scope was held against: its exploration, both engines edge by edge or along a walk, and lives by the clock."""

    report: Report | None
    compared: tuple[int, str, Counter[Row]] | None
    walk: Walked | None
    timed: Timed


@cache
def held() -> dict[str, Held]:
    """Hold every scope against all of it, for its ground form takes longest; on all processors, the scopes with most states first."""
    ordered = sorted(SCOPES, key=lambda name: -COUNTS.get(name, {"states": 0})["states"])
    with multiprocessing.get_context("fork").Pool(maxtasksperchild=1) as pool:
        return dict(zip(ordered, pool.map(_held, ordered, chunksize=1), strict=True))


def _held(name: str) -> Held:
    one, placed = ready(name), SCOPES[name]
    explored = None if placed.spec.size == "large" else report(one, found(name), judge(one, found(name)))
    walk = walked(one, Live(LAW, placed), STEPS) if name in LARGER else None
    return Held(explored, _compared(name) if name in BOTH else None, walk, timed(one, Live(LAW, placed, timed=True), TIMED))


def _compared(name: str) -> tuple[int, str, Counter[Row]]:
    live = Live(LAW, SCOPES[name])
    graph = live_graph(name, live)
    return sum(map(len, graph.values())), "" if graph == ground_graph(name) else name, live.fired


def reports() -> dict[str, Report]:
    """Return what exploring found of every scope that is not large."""
    return {name: one.report for name, one in held().items() if one.report is not None}


def compared() -> Compared:
    """Return how every scope of fewer than 20,000 states walks on the live machines and on the ground form."""
    edges, different, fired = zip(*(one.compared for one in held().values() if one.compared is not None), strict=True)
    return Compared(sum(edges), [name for name in different if name], sum(fired, Counter()))


def walks() -> dict[str, Walked]:
    """Return the random walk on every other scope."""
    return {name: one.walk for name, one in held().items() if one.walk is not None}


def lives() -> dict[str, Timed]:
    """Return the lives by the clock on every scope."""
    return {name: one.timed for name, one in held().items()}


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
