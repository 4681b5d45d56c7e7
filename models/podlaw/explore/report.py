"""The result of an exploration, for people and for programs."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from podlaw.explore.judge import Verdict, Violation
from podlaw.explore.prepare import Ready
from podlaw.explore.search import Found
from podlaw.explore.trace import Walker, pytest, told, watch
from podlaw.properties import Key

Outcome = Literal["holds", "violated", "undetermined"]


class Broken(msgspec.Struct, frozen=True):
    """One property that does not hold, with a shortest history that shows it.

    ``path`` replays it (`podlaw explore SCOPE --path PATH`), ``history`` tells it, ``watch`` is what it publishes,
    ``test`` a test function to paste.
    """

    property: str
    strength: str
    says: str
    pod: str
    path: str
    history: str
    watch: list[dict[str, Any]]
    test: str


class Report(msgspec.Struct, frozen=True):
    """Everything about one scope: `verdict` is undetermined where the search stopped early and nothing was violated.

    ``bits`` is the size of one state, ``capped`` how many states are at a cap of the scope, ``ends`` how many have no
    successor; ``seconds`` the time of the search alone; ``properties`` the named properties whose *if* held, by name and sentence.
    """

    scope: str
    says: str
    law: dict[str, str]
    states: int
    edges: int
    depth: int
    seconds: float
    verdict: Outcome
    stopped: str
    bits: int
    capped: int
    ends: int
    rules: int
    witnesses: int
    unwitnessed: list[str]
    moves: int
    goals: list[str]
    properties: list[Key]
    violations: list[Broken]


def report(ready: Ready, found: Found, verdict: Verdict) -> Report:
    """Return the report of a search and its verdict."""
    broken = [_broken(ready, found, violation) for violation in verdict.violations]
    strong = any(b.strength != "soft" for b in broken) or bool(verdict.unmoved)
    outcome: Outcome = "violated" if strong else "holds" if found.whole else "undetermined"
    bare = [rule for rule, count in verdict.judged.items() if verdict.witnesses.get(rule, 0) < count]
    s = ready.law.selection
    return Report(
        ready.placed.spec.scope, ready.placed.spec.says, {"apiserver": s.apiserver, "kubelet": s.kubelet}, found.states, found.edges, found.depth,
        round(found.seconds, 3), outcome, found.stopped, ready.places.bits, found.capped, len(found.dead), sum(verdict.judged.values()),
        sum(verdict.witnesses.values()), sorted(bare), len(verdict.moves), list(verdict.goals),
        sorted(verdict.properties), broken,
    )  # fmt: skip


def _broken(ready: Ready, found: Found, violation: Violation) -> Broken:
    walker = Walker(ready)
    path = walker.shortest(found, violation.state, violation.step)
    moments = walker.walk(path)
    test = pytest(ready, path, violation.property, violation.says)
    return Broken(violation.property, violation.strength, violation.says, violation.pod, path, told(moments, ready), list(watch(moments)), test)


def as_text(one: Report) -> str:
    """Return a report for people."""
    rate = f"{one.states / one.seconds:,.0f} states/s" if one.seconds else "at once"
    law = f"API server {one.law['apiserver']}, kubelet {one.law['kubelet']}"
    lines = [
        f"{one.scope}: {one.verdict}{f' ({one.stopped})' if one.stopped else ''}; {one.says} ({law})",
        f"  states={one.states:,}, edges={one.edges:,}, depth={one.depth}, bits={one.bits}, {one.seconds:.2f} s, {rate}",
        f"  {one.ends:,} states without successor, {one.capped:,} at a cap of the scope",
        f"  rules: the if of {one.witnesses} of {one.rules} held somewhere" + (f", not of {', '.join(one.unwitnessed)}" if one.unwitnessed else ""),
        *([f"  named properties: the if of {len(one.properties)} held somewhere"] if one.properties else []),
        f"  {one.moves} moves of the observed graphs taken",
        *(f"  {goal}" for goal in one.goals),
    ]
    for broken in one.violations:
        lines += [f"{broken.property} [{broken.strength}] {broken.says}", broken.history, f"  replay: podlaw explore {one.scope} --path {broken.path}"]
    return "\n".join(lines)
