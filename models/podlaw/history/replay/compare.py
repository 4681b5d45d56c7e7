"""Compare the pod that the model publishes with the recorded one."""

from __future__ import annotations

from typing import Final

from podlaw.snapshot import Snapshot

POD_FIELDS: Final = ("phase", "reason", "ip", "observed", "start")
CONDITIONS: Final = ("PodScheduled", "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready")
CONTAINER_FIELDS: Final = (
    "state", "reason", "code", "begin", "end", "last", "last_reason", "last_code", "last_begin", "last_end", "ready", "started", "restarts",
)  # fmt: skip


def explains(model: Snapshot, recorded_: Snapshot) -> bool:
    """Return whether the model's pod shows what the recorded one shows."""
    return not differences(model, recorded_)


def differences(model: Snapshot, recorded_: Snapshot) -> str:
    """Return the fields that differ, as `field: model/recorded`, separated by commas."""
    found = [f"{f}: {getattr(model, f)}/{getattr(recorded_, f)}" for f in POD_FIELDS if getattr(model, f) != getattr(recorded_, f)]
    for name in CONDITIONS:
        a, b = getattr(model, name), getattr(recorded_, name)
        if (a.status, a.reason) != (b.status, b.reason):
            found.append(f"{name}: {a.status} {a.reason}/{b.status} {b.reason}")
    for a, b in zip(model.all, recorded_.all, strict=True):
        found += [f"{a.name}.{f}: {getattr(a, f)}/{getattr(b, f)}" for f in CONTAINER_FIELDS if getattr(a, f) != getattr(b, f)]
        if a.id != (b.id.partition("://")[2][: len(a.id)] if a.id else b.id):
            found.append(f"{a.name}.id: {a.id}/{b.id}")
    return ", ".join(found)
