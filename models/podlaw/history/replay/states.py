"""A set of model states that keeps one of those that can do the same.

What no later step reads is dropped. Of two states that differ only in instants which nothing but bounds read, the
later one can do whatever the earlier one can: its bounds leave more time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from podlaw.pod import NO_RUN, Life, Process, Run, with_containers
from podlaw.snapshot import CONDITIONS, Condition, Container, Snapshot

INSTANTS: Final = ("began", "computed", "woken")  # only the table `overdue` reads them, and later ones leave more time
UNREAD: Final = tuple(name for name in CONDITIONS if name != "DisruptionTarget")  # conditions of which no guard reads when they changed
# what a kubelet's status takes over from the object, and a write takes from the object of its own moment
METADATA: Final = ("generation", "node", "deleting", "deletion", "deletion_grace", "deadline", "finalizers", "scheduling_gates")
STOPPING: Final = ("terminating", "stopped", "terminated", "finished")  # a worker that starts no container any more,
DONE: Final = ("terminated", "finished")  # and one that looks at none
NO_BACK_OFF: Final[dict[str, object]] = {"backoff": "none", "level": 0, "allowed": None, "pull_level": 0, "pulled": None}
NO_RESULTS: Final[dict[str, object]] = {"startup": "none", "readiness": "none", "liveness": "none"}
_FORGOTTEN: Final[dict[str, float | None]] = dict.fromkeys(INSTANTS)


class States:
    """Model states at one instant, without those for which another one stands; ``unwritten`` are those that the kubelet writes nothing of any more."""

    def __init__(self, lives: Iterable[Life] = (), unwritten: bool = False) -> None:
        self._unwritten = unwritten
        self._kept: dict[Life, tuple[Life, ...]] = {}
        self._left: dict[int, Life] = {}  # kept alive, so that no other state gets its identity
        self.count = 0
        for life in lives:
            self.add(life)

    def __iter__(self) -> Iterator[Life]:
        return (life for alike in self._kept.values() for life in alike)

    def __len__(self) -> int:
        return self.count

    def __contains__(self, life: Life) -> bool:
        """Return whether this very state, as `add` returned it, is still kept."""
        return id(life) not in self._left

    def add(self, life: Life) -> Life | None:
        """Keep a state in its reduced form and return that, or return None where another one stands for it."""
        new = reduced(silenced(life) if self._unwritten else life)
        key = _timeless(new)
        alike = self._kept.get(key, ())
        if any(_later(old, new) for old in alike):
            return None
        gone = [old for old in alike if _later(new, old)]
        self._left.update((id(old), old) for old in gone)
        self._kept[key] = (*(old for old in alike if id(old) not in self._left), new)
        self.count += 1 - len(gone)
        return new


def silenced(life: Life) -> Life:
    """Return a state of which no status will be written any more, without one that nothing else reads."""
    if life.worker in STOPPING and all(p.run.state != "running" for p in life.processes):
        return replace(life, cached=life.api, picked=life.api, writing=False, callback=False)
    return life


def _timeless(life: Life) -> Life:
    return replace(life, **_FORGOTTEN)


def _later(one: Life, other: Life) -> bool:
    """Return whether each instant of ``one`` is at least as late as that of ``other``."""
    return all((getattr(one, f) or 0.0) >= (getattr(other, f) or 0.0) for f in INSTANTS)


def reduced(life: Life) -> Life:
    """Return a state without what no later step reads, and with a relist done that shows nothing new."""
    shown = {c.name: c for c in life.cached.all if c.state == "running"}
    processes = tuple([_reduced(p, "down" if life.down else life.worker, shown.get(p.spec.name)) for p in life.processes])
    api = _undated(life.api)
    changes: dict[str, object] = {}
    if life.worker in DONE:
        changes = {"seen_sandbox": life.sandbox, "seen_sandboxes": life.sandboxes, "seen_ip": "", "fresh": True}
    elif not life.fresh and not life.down and _known(life, processes):
        changes = {"fresh": True}
    return replace(
        life, processes=processes, api=api, cached=_status(life.cached, api), picked=_status(life.picked, api) if life.writing else api,
        began=life.began if life.step == "busy" else None,
        resize_pending=_dateless(life.resize_pending), resize_progress=_dateless(life.resize_progress), **changes,
    )  # fmt: skip


def _reduced(process: Process, worker: str, shown: Container | None) -> Process:
    """Drop what is of records that are gone, probe results of what runs no more, and what a worker past its starts knew for them."""
    run = process.run if process.run.state != "none" else Run(attempt=process.run.attempt, sandbox=process.run.sandbox)  # the next run counts on
    older, seen, seen_older = (NO_RUN if r.state == "none" else r for r in (process.older, process.seen, process.seen_older))
    changes: dict[str, object] = {}
    if worker in DONE:
        seen, seen_older, changes = NO_RUN if run.state == "none" else run, older, {"error": ""}
    if worker in (*DONE, "down"):
        changes["taken"] = process.present
    if worker in STOPPING:
        changes |= NO_BACK_OFF | {"taken_image": process.image}
    if process.probed and not any(r.id == process.probed and r.state == "running" for r in (run, seen)):
        changes |= NO_RESULTS | ({"probed": ""} if shown is None or shown.id != process.probed else {})
    records = {"run": run, "older": older, "seen": seen, "seen_older": seen_older}
    changes |= {name: record for name, record in records.items() if record is not getattr(process, name)}
    return replace(process, **changes) if changes else process


def _known(life: Life, processes: tuple[Process, ...]) -> bool:
    """Return whether a relist would show the kubelet nothing that it has not seen."""
    if (life.seen_sandbox, life.seen_sandboxes) != (life.sandbox, life.sandboxes):
        return False
    return all((p.seen == p.run or (p.seen.state == p.run.state == "none")) and p.seen_older == p.older for p in processes)


def _status(pod: Snapshot, api: Snapshot) -> Snapshot:
    """Return a status without what it says of the object."""
    specs = {c.name: c for c in api.all}
    if all(getattr(pod, name) == getattr(api, name) for name in METADATA) and all(_of_spec(c) == _of_spec(specs.get(c.name, c)) for c in pod.all):
        return _undated(pod)
    moved = replace(pod, **{name: getattr(api, name) for name in METADATA})
    return _undated(with_containers(moved, [replace(c, image=specs.get(c.name, c).image, cpu=specs.get(c.name, c).cpu) for c in pod.all]))


def _of_spec(container: Container) -> tuple[str, str]:
    """Return what a status carries of the spec of a container and clients change."""
    return container.image, container.cpu


def _undated(pod: Snapshot) -> Snapshot:
    """Drop the times of the kubelet's conditions: they are read only to be written again, and not compared."""
    dated = {name: _dateless(c) for name in UNREAD if (c := getattr(pod, name)).since is not None}
    return replace(pod, **dated) if dated else pod


def _dateless(condition: Condition) -> Condition:
    return replace(condition, since=None) if condition.since is not None else condition
