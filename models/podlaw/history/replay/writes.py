"""Which events of the law explain a write that is not the kubelet's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from podlaw.model import Values
from podlaw.snapshot import Snapshot

METADATA: Final = ("node", "deleting", "deletion_grace", "generation", "finalizers")
Events = Iterator[tuple[str, Values]]


def foreign(old: Snapshot, new: Snapshot) -> bool:
    """Return whether a write changed what a kubelet's status write never does."""
    options = [name for name, _ in writes(old, new)]
    return any(getattr(old, field) != getattr(new, field) for field in METADATA) or (bool(options) and "publish" not in options)


def writes(old: Snapshot, new: Snapshot) -> Events:
    """Yield the events that explain a write of others than the kubelet; nothing for a status write of a kubelet."""
    if new.uid != old.uid:
        yield "create_mirror", {}
    elif new.node and not old.node:
        yield "bind", {"node": new.node}
    elif new.deleting and new.deletion_grace == 0 and old.deletion_grace != 0:
        yield "finish", {}
        yield "delete", {"grace": 0}
        yield "delete_mirror", {}
    elif new.deleting and not old.deleting:
        yield "delete", {"grace": new.deletion_grace or 0}
    elif (added := [c.name for b, c in zip(old.ephemeral, new.ephemeral, strict=False) if c.declared and not b.declared]):
        yield "add_ephemeral", {"container": added[0]}
    elif (changed := [c for c in new.all if any(c.name == o.name and c.image != o.image for o in old.all)]):
        yield "change_image", {"container": changed[0].name, "image": changed[0].image}
    elif new.finalizers != old.finalizers:
        yield "set_finalizers", {"finalizers": new.finalizers}
    elif new.scheduling_gates != old.scheduling_gates:
        yield "remove_gates", {"gates": tuple(g.name for g in old.scheduling_gates if g not in new.scheduling_gates)}
    elif new.deadline != old.deadline:
        yield "set_deadline", {"seconds": new.deadline}
    else:
        yield from _of_status(old, new)


def unseen(*pods: Snapshot) -> Events:
    """Yield the events that nothing but a published reason shows, for what is published now and next."""
    waiting = {(c.name, c.reason): c for pod in pods for c in pod.all if c.state == "waiting" and c.reason}
    for name, reason in waiting:
        yield "fail_prepare", {"container": name, "reason": reason}


def fates(pods: Iterable[Snapshot], timeouts: Iterable[int]) -> Events:
    """Yield how a kubelet ended a pod by itself, or rejected one that it had run, as far as what it publishes at last tells, and how long its stops take."""
    known, graces = False, {1, *timeouts}
    for pod in pods:
        if (disrupted := pod.DisruptionTarget.reason == "TerminationByKubelet") or pod.reason == "Evicted":
            yield from (("evict", {"reason": pod.reason or "Evicted", "disruption": disrupted, "grace": one}) for one in sorted({*graces, pod.grace or 1}))
        if known and pod.phase == "Failed" and pod.reason and pod.DisruptionTarget.reason != "TerminationByKubelet":
            yield "reject", {"reason": pod.reason}
        known |= pod.known


def _of_status(old: Snapshot, new: Snapshot) -> Events:
    """Yield the events that explain a change of the status by the scheduler, a controller or a client."""
    a, b = old.DisruptionTarget, new.DisruptionTarget
    if (a.status, a.reason) != (b.status, b.reason):
        if new.phase == old.phase:
            yield ("disrupt", {"reason": b.reason}) if b.status == "True" else ("call_off", {})
        elif b.reason == "DeletionByPodGC":
            yield "collect_pod", {"orphan": True}
    elif new.phase != old.phase and all(getattr(new, f) == getattr(old, f) for f in ("reason", "start", "ip", "conditions", "all")):
        yield "collect_pod", {"orphan": False}
        yield "publish", {}
    elif not new.node and (old.PodScheduled, old.nominated) != (new.PodScheduled, new.nominated):
        if old.PodScheduled != new.PodScheduled:
            yield "fail_scheduling", {"reason": new.PodScheduled.reason, "nominated": new.nominated}
        else:
            yield "nominate", {"node": new.nominated}
    elif gates := [g for g in new.readiness_gates if g not in old.readiness_gates]:
        yield "set_conditions", {"gates": tuple(g.type for g in gates), "status": gates[0].status}
    elif (old.Ready.status, new.Ready.status) == ("True", "False") and (old.Ready.reason, old.ContainersReady) == (new.Ready.reason, new.ContainersReady):
        yield "mark_not_ready", {}
