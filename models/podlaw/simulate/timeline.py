"""Tell what happened in a cluster: a line for every event that somebody can see, and the watch events that it published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from podlaw.cluster import Cluster, Moment
from podlaw.law import Law
from podlaw.printable import printable
from podlaw.publish import document
from podlaw.snapshot import CONDITIONS, Snapshot


class Line(msgspec.Struct, frozen=True):
    """One line of a timeline: seconds since the start, the event, its writer, what changed in the published pod, and kubectl's columns."""

    time: float
    on: str
    event: str
    by: str
    changed: str
    ready: str
    status: str
    restarts: int
    pod: Snapshot | None = None


def timeline(cluster: Cluster) -> Iterator[Line]:
    """Yield a line for every event that is not hidden, and for each write that changed a pod; what a kubelet only repeats is told once."""
    shown: dict[str, Snapshot | None] = {}
    told: dict[str, set[str]] = {}
    begun = cluster.history[0].entry.time if cluster.history else 0.0
    for moment in cluster.history:
        line = _line(cluster, moment, shown, begun)
        spec = cluster.model.events[moment.entry.event].spec.spec
        known = told.setdefault(moment.on, set())
        if line.changed or spec.by != "kubelet":
            known.clear()
        silent = spec.hidden or spec.event in ("wait", "publish") or line.event in known
        if line.changed or not silent:
            known.add(line.event)
            yield line


def _line(cluster: Cluster, moment: Moment, shown: dict[str, Snapshot | None], begun: float) -> Line:
    entry, on = moment.entry, moment.on
    name = cluster.pods[on].pod.name if on in cluster.pods else on
    old, new = shown.get(on), entry.pod
    changed = "removed" if new is None and old is not None else "" if new is None else changes(old, new)
    shown[on] = new
    ready, status, restarts = _columns(cluster.law, new)
    values = ", ".join(f"{k}={v}" if k != "container" else str(v) for k, v in entry.values.items() if k not in ("id", "ip"))
    return Line(entry.time - begun, name, f"{entry.event}({values})" if values else entry.event, entry.by, changed, ready, status, restarts, new)


def _columns(law: Law, pod: Snapshot | None) -> tuple[str, str, int]:
    if pod is None:
        return "", "", 0
    found = law.columns(pod)
    return found["ready"], found["status"], found["restarts"]


def changes(old: Snapshot | None, new: Snapshot) -> str:
    """Return in a few words what of a published pod changed: phase, node, deletion, containers, conditions."""
    if old is None:
        return "created" + (f" on {new.node}" if new.node else "")
    found = []
    if new.node != old.node:
        found.append(f"on {new.node}")
    if new.deleting != old.deleting:
        found.append(f"to be deleted within {new.deletion_grace} s")
    if (new.phase, new.reason) != (old.phase, old.reason):
        found.append(f"{old.phase} to {new.phase}" + (f" ({new.reason})" if new.reason else ""))
    for a, b in zip(old.all, new.all, strict=False):
        if (a.state, a.reason, a.id) != (b.state, b.reason, b.id):
            found.append(f"{b.name} {b.state}" + (f" ({b.reason})" if b.reason else ""))
    found += [f"{name} {getattr(new, name).status}" for name in CONDITIONS if getattr(new, name).status != getattr(old, name).status]
    return ", ".join(found)


def watch(cluster: Cluster) -> Iterator[dict[str, Any]]:
    """Yield the watch events that the cluster published, in order."""
    shown: dict[str, dict[str, Any]] = {}
    for moment in cluster.history:
        on, pod = moment.on, moment.entry.pod
        if on not in cluster.pods:
            continue
        if pod is None:
            if on in shown:
                yield {"type": "DELETED", "object": shown.pop(on)}
            continue
        now = document(pod)
        if now != shown.get(on):
            yield {"type": "MODIFIED" if on in shown else "ADDED", "object": now}
            shown[on] = now


def text(cluster: Cluster) -> str:
    """Return the timeline for people, without control characters."""
    lines = list(timeline(cluster))
    rows = [("TIME", "POD", "EVENT", "BY", "READY", "STATUS", "RESTARTS", "CHANGED")]
    rows += [(f"{x.time:.0f}s", x.on, x.event, x.by, x.ready, x.status, str(x.restarts) if x.ready else "", x.changed) for x in lines]
    widths = [max(len(row[i]) for row in rows) for i in range(7)]
    return "\n".join(printable("  ".join([*(cell.ljust(w) for cell, w in zip(row[:7], widths, strict=True)), row[7]]).rstrip()) for row in rows)
