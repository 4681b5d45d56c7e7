"""Which scopes can notice a mutant of the law, the quickest first."""

from __future__ import annotations

import exploration
from mutants import Mutant
from podlaw.explain.histories import kept
from podlaw.ground.scope import ENVIRONMENT
from podlaw.law import SPEC

MODEL = ("events", "machines", "compositions", "cluster")  # the files of what moves
EXPLORED = (  # the fewest small scopes that together fire all events and rows, the quickest first
    "restart-rules", "probes", "restart-all-lost", "deadline", "kubelet-restart-probes", "pulls", "readiness-gate", "kubelet-restart-init", "sandbox-done",
    "admission", "new-image", "container-policies", "init-app", "ports-assigned", "node-removed", "volumes", "probe-never", "identity-rejected",
    "deletion-lost", "replicas", "ephemeral", "daemon", "init-never", "node-loss", "ports-nodes", "static-manifest", "gated",
)  # fmt: skip


def touched(mutant: Mutant | None) -> list[str]:
    """Return the scopes that can notice a mutant: of an event, those in which it happens; of a property, those that judge properties."""
    if mutant is None or not mutant.file.startswith((*MODEL, "properties")):
        return list(EXPLORED)
    if mutant.file.startswith("properties"):
        return [name for name in EXPLORED if exploration.SCOPES[name].spec.properties]
    events = exploration.LAW.whole.program.events
    named = set(mutant.place.split("/")[:2]) & set(events)
    with_it = named | {name for name, one in events.items() if one.spec.pods in named}  # a node's event may happen to its pods as another
    shortest = [one.scope for one in kept(SPEC).histories if one.of == "event" and one.word in named]
    return list(dict.fromkeys([*shortest, *(name for name in EXPLORED if not named or with_it & _happening(name))]))


def _happening(name: str) -> set[str]:
    """Return the events that a scope does not leave out, though they may never happen there."""
    spec = exploration.SCOPES[name].spec
    return {*spec.events, *(name for name, one in exploration.LAW.whole.program.events.items() if one.spec.by not in ENVIRONMENT)} - {*spec.without}
