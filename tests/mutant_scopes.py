"""Which scopes can notice a mutant of the law, the quickest first."""

from __future__ import annotations

from functools import cache

import exploration
from mutants import Mutant
from podlaw.explain.histories import kept
from podlaw.explore.live import Live
from podlaw.law import SPEC

MODEL = ("events", "machines", "compositions", "cluster")  # the files of what moves
EXPLORED = (  # the fewest small scopes that together fire all events and rows, the quickest first
    "restart-rules", "probes", "restart-all-lost", "deadline", "kubelet-restart-probes", "pulls", "readiness-gate", "kubelet-restart-init", "sandbox-done",
    "admission", "new-image", "container-policies", "init-app", "ports-assigned", "node-removed", "volumes", "probe-never", "identity-rejected",
    "deletion-lost", "replicas", "ephemeral", "daemon", "init-never", "stop-deaf", "node-loss", "ports-nodes", "static-manifest", "gated",
)  # fmt: skip


QUICK, FEW = EXPLORED[:6], 5  # scopes for what is in no event, and how many of those in which an event or row is
Shown = tuple[str, ...]  # an event, or a table and its row


def touched(mutant: Mutant | None) -> list[str]:
    """Return the scopes that can notice a mutant, or all: first that of the shortest history of its event or rule.

    Then of an event or a row the first in which it happens or decides, of a property some that judge properties, of all else the quick ones.
    """
    if mutant is None:
        return list(EXPLORED)
    if mutant.file == "properties.yaml":
        return [name for name in EXPLORED if exploration.SCOPES[name].spec.properties][:FEW]
    events = exploration.LAW.whole.program.events
    words = set(mutant.place.split("/")[:2])
    words |= {name for name, one in events.items() if one.spec.pods in words}  # a node's event happens to its pods as another
    shortest = [one.scope for one in kept(SPEC).histories if one.of in ("event", "rule") and one.word in words]
    found = [name for name, some in shown().items() if any({*one} <= words for one in some)]
    return list(dict.fromkeys([*shortest, *found[:FEW], *(() if words & set(events) and found else QUICK)]))


@cache
def shown() -> dict[str, set[Shown]]:
    """Return the events that happen and the rows that decide in each scope."""
    return {name: _shown(Live(exploration.LAW, exploration.SCOPES[name])) for name in EXPLORED}


def _shown(live: Live) -> set[Shown]:
    seen, todo, found = {live.start()}, [live.start()], set[Shown]()
    while todo:
        for _, event, _, after in live.steps(todo.pop()):
            found.add((event,))
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return found | set(live.fired)
