"""Compare the pod that the model publishes with the recorded one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from podlaw.model import Model
from podlaw.snapshot import Condition, Container, Snapshot

POD_FIELDS: Final = ("phase", "reason", "ip", "host_ip", "observed", "start", "nominated", "readiness_gates")
CONDITIONS: Final = (
    "PodScheduled", "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready", "DisruptionTarget", "AllContainersRestarting",
    "PodResizePending", "PodResizeInProgress",
)  # fmt: skip
POD: Final = frozenset((*POD_FIELDS, *CONDITIONS))
CONTAINER_FIELDS: Final = (
    "state", "reason", "code", "begin", "end", "last", "last_reason", "last_code", "last_begin", "last_end", "ready", "started", "restarts",
)  # fmt: skip


def explains(model: Snapshot, recorded_: Snapshot, fields: frozenset[str] = POD) -> bool:
    """Return whether the model's pod shows what the recorded one shows, in these fields of the pod and all of its containers."""
    return all(_same(model, recorded_, name) for name in fields) and not any(True for _ in _containers(model, recorded_))


def unmerged(model: Model) -> frozenset[str]:
    """Return the fields of a picked status that a write takes over as they are (PHASE-24)."""
    merged = {target.partition(".")[0] for step in model.law.whole.program.compositions["merged"].steps for target in step.set}
    return POD & set(model.law.whole.program.kubelet_owns) - merged


def differences(model: Snapshot, recorded_: Snapshot) -> str:
    """Return the fields that differ, as `field: model/recorded`, separated by commas."""
    found = [f"{name}: {_shown(model, name)}/{_shown(recorded_, name)}" for name in (*POD_FIELDS, *CONDITIONS) if not _same(model, recorded_, name)]
    return ", ".join([*found, *_containers(model, recorded_)])


def _same(model: Snapshot, recorded_: Snapshot, name: str) -> bool:
    a, b = getattr(model, name), getattr(recorded_, name)
    return (a.status, a.reason) == (b.status, b.reason) if isinstance(a, Condition) else bool(a == b)


def _shown(pod: Snapshot, name: str) -> str:
    value = getattr(pod, name)
    return f"{value.status} {value.reason}" if isinstance(value, Condition) else str(value)


def _containers(model: Snapshot, recorded_: Snapshot) -> Iterator[str]:
    listed = {(c.section, c.name): c for c in model.all}
    for b in recorded_.all:
        a = listed.get((b.section, b.name)) or Container(b.name)     # one that the model does not have has no status
        for f in CONTAINER_FIELDS:
            if getattr(a, f) != getattr(b, f):
                yield f"{a.name}.{f}: {getattr(a, f)}/{getattr(b, f)}"
        ours, theirs = (c.id.rpartition("://")[2] for c in (a, b))
        if ours != (theirs[: len(ours)] if ours else theirs):
            yield f"{a.name}.id: {a.id}/{b.id}"
