"""A set of model states that keeps one of those that can do the same.

What no later step reads is dropped. Of two states that differ only in instants which nothing but bounds read, the
later one can do whatever the earlier one can: its bounds leave more time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from podlaw.pod import NO_RUN, Life, Process, Run, with_containers
from podlaw.snapshot import CONDITIONS, Condition, Snapshot

INSTANTS: Final = ("began", "computed")  # only the table `overdue` reads them, and later ones leave more time
UNREAD: Final = tuple(name for name in CONDITIONS if name != "DisruptionTarget")  # conditions of which no guard reads when they changed
# what a kubelet's status takes over from the object, and a write takes from the object of its own moment
METADATA: Final = ("generation", "node", "deleting", "deletion", "deletion_grace", "deadline", "finalizers", "scheduling_gates")
_FORGOTTEN: Final[dict[str, float | None]] = dict.fromkeys(INSTANTS)


class States:
    """Model states at one instant, without those for which another one stands."""

    def __init__(self, lives: Iterable[Life] = ()) -> None:
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
        new = reduced(life)
        key = _timeless(new)
        alike = self._kept.get(key, ())
        if any(_later(old, new) for old in alike):
            return None
        gone = [old for old in alike if _later(new, old)]
        self._left.update((id(old), old) for old in gone)
        self._kept[key] = (*(old for old in alike if id(old) not in self._left), new)
        self.count += 1 - len(gone)
        return new


def _timeless(life: Life) -> Life:
    return replace(life, **_FORGOTTEN)


def _later(one: Life, other: Life) -> bool:
    """Return whether each instant of ``one`` is at least as late as that of ``other``."""
    return all((getattr(one, f) or 0.0) >= (getattr(other, f) or 0.0) for f in INSTANTS)


def reduced(life: Life) -> Life:
    """Return a state without what no later step reads, and with a relist done that shows nothing new."""
    processes = tuple([_reduced(p) for p in life.processes])
    api = _undated(life.api)
    return replace(
        life, processes=processes, api=api, cached=_status(life.cached, api), picked=_status(life.picked, api) if life.writing else api,
        began=life.began if life.step == "busy" else None, fresh=life.fresh or (not life.down and _known(life, processes)),
        resize_pending=_dateless(life.resize_pending), resize_progress=_dateless(life.resize_progress),
    )  # fmt: skip


def _reduced(process: Process) -> Process:
    """Drop the fields of records that are gone, and probe results of runs that are gone."""
    run, seen = process.run, process.seen
    changes: dict[str, object] = {}
    if process.probed and process.probed not in (run.id, seen.id):
        changes = {"probed": "", "startup": "none", "readiness": "none", "liveness": "none"}
    if run.state == "none":
        changes["run"] = Run(attempt=run.attempt, sandbox=run.sandbox)  # the next run counts on
    for name in ("older", "seen", "seen_older"):
        record = getattr(process, name)
        if record.state == "none" and record is not NO_RUN:
            changes[name] = NO_RUN
    return replace(process, **changes) if changes else process


def _known(life: Life, processes: tuple[Process, ...]) -> bool:
    """Return whether a relist would show the kubelet nothing that it has not seen."""
    if (life.seen_sandbox, life.seen_sandboxes) != (life.sandbox, life.sandboxes):
        return False
    return all((p.seen == p.run or (p.seen.state == p.run.state == "none")) and p.seen_older == p.older for p in processes)


def _status(pod: Snapshot, api: Snapshot) -> Snapshot:
    """Return a status without what it says of the object."""
    if pod.generation == api.generation and all(getattr(pod, name) == getattr(api, name) for name in METADATA):
        return _undated(pod)
    specs = {c.name: c for c in api.all}
    moved = replace(pod, **{name: getattr(api, name) for name in METADATA})
    return _undated(with_containers(moved, [replace(c, image=specs.get(c.name, c).image, cpu=specs.get(c.name, c).cpu) for c in pod.all]))


def _undated(pod: Snapshot) -> Snapshot:
    """Drop the times of the kubelet's conditions: they are read only to be written again, and not compared."""
    dated = {name: _dateless(c) for name in UNREAD if (c := getattr(pod, name)).since is not None}
    return replace(pod, **dated) if dated else pod


def _dateless(condition: Condition) -> Condition:
    return replace(condition, since=None) if condition.since is not None else condition
