"""Which scopes can notice a mutant of the law, the quickest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import exploration
from exploration import Row
from mutants import Mutant
from podlaw.explain.histories import kept
from podlaw.explore.live import Live
from podlaw.ground.scope import ENVIRONMENT
from podlaw.law import SPEC

MODEL = ("events", "machines", "compositions", "cluster")  # the files of what moves
EXPLORED = (  # the fewest small scopes that together fire all events and rows, the quickest first
    "restart-rules", "probes", "restart-all-lost", "deadline", "kubelet-restart-probes", "pulls", "readiness-gate", "kubelet-restart-init", "sandbox-done",
    "admission", "new-image", "container-policies", "init-app", "ports-assigned", "node-removed", "volumes", "probe-never", "identity-rejected",
    "deletion-lost", "replicas", "ephemeral", "daemon", "init-never", "node-loss", "ports-nodes", "static-manifest", "gated",
)  # fmt: skip


QUICK = EXPLORED[:10]  # for what is not of one event or row


def touched(mutant: Mutant | None) -> list[str]:
    """Return the scopes that can notice a mutant: of an event, those in which it can happen; of a property, those that judge properties.

    Of a row those in which it decides, then the quick ones. First comes the scope with the shortest history of its event or rule.
    """
    if mutant is None:
        return list(EXPLORED)
    words = set(mutant.place.split("/")[:2])
    shortest = [one.scope for one in kept(SPEC).histories if one.of in ("event", "rule") and one.word in words]
    return list(dict.fromkeys([*shortest, *_among(mutant.file, words)]))


def _among(file: str, words: set[str]) -> Sequence[str]:
    if file.startswith("properties"):
        return [name for name in EXPLORED if exploration.SCOPES[name].spec.properties]
    if file.startswith("derivations"):
        return [*(name for name, fired in deciding().items() if any({*row} <= words for row in fired)), *QUICK]
    if not file.startswith(MODEL):
        return QUICK
    events = exploration.LAW.whole.program.events
    named = words & set(events)
    with_it = named | {name for name, one in events.items() if one.spec.pods in named}  # a node's event may happen to its pods as another
    return [name for name in EXPLORED if not named or with_it & _happening(name)]


@cache
def deciding() -> dict[str, frozenset[Row]]:
    """Return the rows that decide in each scope."""
    return {name: frozenset(_fired(Live(exploration.LAW, exploration.SCOPES[name]))) for name in EXPLORED}


def _fired(live: Live) -> Iterable[Row]:
    seen, todo = {live.start()}, [live.start()]
    while todo:
        new = {after for *_, after in live.steps(todo.pop())} - seen
        seen |= new
        todo.extend(new)
    return live.fired


def _happening(name: str) -> set[str]:
    """Return the events that a scope does not leave out, though they may never happen there."""
    spec = exploration.SCOPES[name].spec
    return {*spec.events, *(name for name, one in exploration.LAW.whole.program.events.items() if one.spec.by not in ENVIRONMENT)} - {*spec.without}
