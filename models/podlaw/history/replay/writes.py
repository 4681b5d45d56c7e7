"""The writes of an object that a watch showed, and which events of the law explain one that is not the kubelet's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

import msgspec

from podlaw.history.replay.compare import explains
from podlaw.history.replay.recording import Observed
from podlaw.model import Values
from podlaw.snapshot import Snapshot

Event = tuple[str, Values]
Write = tuple[Event, ...]  # events that one write of the API object is, in order
PUBLISH: Final[Write] = (("publish", {}),)
EVICTIONS: Final[Write] = (  # where no status tells of one: at once as a rule, or with the pod's own grace period, before a critical pod (TERM-42, ADMIT-05)
    ("evict", {"reason": "Evicted", "disruption": False, "grace": 1}),
    ("evict", {"reason": "Preempting", "disruption": True, "grace": 1}),
)
METADATA: Final = ("node", "generation", "finalizers", "scheduling_gates", "deadline", "deleting", "deletion_grace")


class Written(msgspec.Struct, frozen=True):
    """One write of the object, as the watch showed it; ``options`` is what else than a kubelet's status write it may have been."""

    time: float
    event: str
    pod: Snapshot
    options: tuple[Write, ...]
    following: tuple[Snapshot, ...]  # what the kubelet writes next, then or later: several where others may have written the first
    more_deletions: bool  # whether a later write may be another request for deletion
    renews: bool  # whether the object tells a pod's worker something new

    @property
    def own(self) -> bool:
        """Return whether only a kubelet can have written it."""
        return not self.options


def written(observed: Iterable[Observed]) -> list[Written]:
    """Return every write that was observed; the first is the creation."""
    shown = [(one, one.pod) for one in observed if one.pod is not None]
    options: list[list[Write]] = [[()], *(removal(old, new) if one.event == "DELETED" else writes(old, new) for (_, old), (one, new) in pairwise(shown))]
    found: list[Written] = []
    following: tuple[Snapshot, ...] = ()
    deletions = False
    renewed = [False, *(old.generation != new.generation or any(_of_spec(old, new)) or new.deleting != old.deleting for (_, old), (_, new) in pairwise(shown))]
    for (one, pod), others, renews in zip(reversed(shown), reversed(options), reversed(renewed), strict=True):
        found.append(Written(one.time, one.event, pod, tuple(others), following, deletions, renews))
        deletions |= any(name == "delete" for option in others for name, _ in option)
        following = (pod,) if not others else (pod, *following) if PUBLISH in others else following
    return found[::-1]


def writes(old: Snapshot, new: Snapshot) -> list[Write]:
    """Return what a write of others than the kubelet may have been; nothing for a status write of a kubelet."""
    if new.uid != old.uid:
        return [(("create_mirror", {}),)]
    spec, ends = tuple(_of_spec(old, new)), list(_of_deletion(old, new))
    if spec or ends or new.generation != old.generation:     # of the spec the law does not read all, as tolerations
        return [(*spec, *end) for end in ends or [()]]
    if found := list(_of_status(old, new)):
        return found
    return [(), PUBLISH] if unchanged(old, new) else []


def removal(old: Snapshot, new: Snapshot) -> list[Write]:
    """Return what the removal of an object may have been: it goes with its last finalizer, or without any grace at once (TERM-01)."""
    free: Write = (("set_finalizers", {"finalizers": ()}),) if old.finalizers else ()
    return [(*end, *free, ("drop", {})) for end in list(_of_deletion(old, new)) or [()]]


def unchanged(old: Snapshot, new: Snapshot) -> bool:
    """Return whether a write changes nothing that the law reads, as one of labels does."""
    return all(getattr(old, name) == getattr(new, name) for name in METADATA) and explains(old, new) and explains(new, old)


def unseen(shown: Snapshot, *written: Snapshot) -> Iterator[Event]:
    """Yield the events that nothing but a published reason shows, for what is published now and next."""
    waiting = {(c.name, c.reason): c for pod in (shown, *written) for c in pod.all if c.state == "waiting" and c.reason}
    for name, reason in waiting:
        yield "fail_prepare", {"container": name, "reason": reason}
    for reason in {pod.reason for pod in written if shown.phase == "Pending" and pod.phase == "Failed" and pod.reason and not pod.known}:
        yield "reject", {"reason": reason}


def fates(shown: Iterable[Written], timeouts: Iterable[int]) -> Iterator[Event]:
    """Yield, each once, how a kubelet ended a pod or rejected one that it had run, as far as what it publishes at last tells and how long its stops take."""
    known, graces, told = False, {1, *timeouts}, list[Event]()
    for pod in (write.pod for write in shown):
        new = [end for end in _ends(pod, known, graces) if end not in told]
        yield from new
        told += new
        known |= pod.known


def _ends(pod: Snapshot, known: bool, graces: set[int]) -> Iterator[Event]:
    """Yield what may have ended a pod that is published like this, and that a kubelet had or had not ``known`` before."""
    if (disrupted := pod.DisruptionTarget.reason == "TerminationByKubelet") or pod.reason == "Evicted":
        for grace in sorted({*graces, pod.grace or 1}):
            yield "evict", {"reason": pod.reason or "Evicted", "disruption": disrupted, "grace": grace}
    if known and pod.phase == "Failed" and pod.reason and not disrupted:
        yield "reject", {"reason": pod.reason}


def resizes(shown: Iterable[Written]) -> Iterator[Event]:
    """Yield what a kubelet and a runtime do about the resizes that are shown, as far as the conditions tell; nothing where there is none."""
    pods = [write.pod for write in shown]
    names = {c.name for old, new in pairwise(pods) for c in new.all if any(o.name == c.name and o.cpu != c.cpu for o in old.all)}
    if names:
        yield from (("decide_resize", {"reason": reason}) for reason in sorted({"", *(pod.PodResizePending.reason for pod in pods)}))
    failed = any(pod.PodResizeInProgress.reason for pod in pods)
    yield from ((event, {"container": name}) for name in sorted(names) for event in ("actuate", "fail_resize")[: 1 + failed])


def _of_deletion(old: Snapshot, new: Snapshot) -> Iterator[Write]:
    if new.deleting and new.deletion_grace == 0 and old.deletion_grace != 0:
        yield (("finish", {}),)
        yield (("delete", {"grace": 0}),)
        yield (("delete_mirror", {}),)
    elif new.deleting and new.deletion_grace != old.deletion_grace:
        yield (("delete", {"grace": new.deletion_grace or 0}),)


def _of_spec(old: Snapshot, new: Snapshot) -> Iterator[Event]:
    """Yield every change of spec and metadata but the deletion."""
    if new.node and not old.node:
        yield "bind", {"node": new.node}
    known = {c.name: c for c in old.all}
    for c in new.all:
        before = known.get(c.name)
        if c.section == "ephemeral" and c.declared and before is not None and not before.declared:
            yield "add_ephemeral", {"container": c.name}
        elif before is not None and c.image != before.image:
            yield "change_image", {"container": c.name, "image": c.image}
        elif before is not None and c.cpu != before.cpu:
            yield "resize", {"container": c.name, "cpu": c.cpu}
    if new.finalizers != old.finalizers:
        yield "set_finalizers", {"finalizers": new.finalizers}
    if new.scheduling_gates != old.scheduling_gates:
        yield "remove_gates", {"gates": tuple(g.name for g in old.scheduling_gates if g not in new.scheduling_gates)}
    if new.deadline != old.deadline:
        yield "set_deadline", {"seconds": new.deadline}


def _of_status(old: Snapshot, new: Snapshot) -> Iterator[Write]:
    """Yield what explains a change of the status by the scheduler, a controller or a client."""
    a, b = old.DisruptionTarget, new.DisruptionTarget
    if (a.status, a.reason) != (b.status, b.reason):
        if new.phase == old.phase:
            yield (("disrupt", {"reason": b.reason}) if b.status == "True" else ("call_off", {}),)
        elif b.reason == "DeletionByPodGC":
            yield (("collect_pod", {"orphan": True}),)
    elif new.phase != old.phase and all(getattr(new, f) == getattr(old, f) for f in ("reason", "start", "ip", "conditions", "all")):
        yield (("collect_pod", {"orphan": False}),)
        yield PUBLISH
    elif not new.node and old.PodScheduled != new.PodScheduled:
        yield (("fail_scheduling", {"reason": new.PodScheduled.reason, "nominated": new.nominated}),)
    elif not new.node and old.nominated != new.nominated:
        yield (("nominate", {"node": new.nominated}),)
    elif gates := [g for g in new.readiness_gates if g not in old.readiness_gates]:
        yield tuple(("set_conditions", {"gates": tuple(g.type for g in gates if g.status == s), "status": s}) for s in sorted({g.status for g in gates}))
    elif (old.Ready.status, new.Ready.status) == ("True", "False") and (old.Ready.reason, old.ContainersReady) == (new.Ready.reason, new.ContainersReady):
        yield (("mark_not_ready", {}),)
