"""Replay a recording of a real kubelet: some run of the model must make every call and write that it shows.

What the environment does (exits, losses, results of pulls and starts, API writes) is fed in order. What the kubelet
does is predicted: each of its calls must be enabled when it occurs, and each status it wrote must come out of the
model, in order. Hidden events happen freely in between, so the replay keeps the set of all model states in which the
pod can be. On a disagreement the recorded snapshot is adopted and counted.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from podlaw.errors import InputError
from podlaw.law import Law
from podlaw.model import Model, Values
from podlaw.pod import Life, begin
from podlaw.snapshot import Snapshot, snapshot

MOST: Final = 20_000  # states kept at once; more means that the recording leaves too much open
AHEAD: Final = 0.3  # seconds by which a client's write may reach the kubelet before the watch shows it


class Observed(msgspec.Struct, frozen=True):
    """One thing the recording shows: a call or event of the runtime, or a snapshot."""

    time: float
    event: str
    values: dict[str, Any]
    pod: Snapshot | None = None


class Disagreement(msgspec.Struct, frozen=True):
    """What no run of the model explains."""

    time: float
    event: str
    message: str


class Replayed(msgspec.Struct, frozen=True):
    """One pod: how many snapshots the kubelet wrote, how many agree, and what does not."""

    name: str
    uid: str
    snapshots: int
    agreed: int
    widest: int
    disagreements: tuple[Disagreement, ...]


def replay(directory: Path, law: Law | None = None) -> list[Replayed]:
    """Replay every pod of one recorded family; raise InputError where its files cannot be read."""
    model = Model(law or Law())
    return [replayed(model, name, uid, observed) for (name, uid), observed in recorded(directory).items()]


def recorded(directory: Path) -> dict[tuple[str, str], list[Observed]]:
    """Return what a recording shows of each pod, in order of time."""
    watch, arrivals, runtime = (_lines(directory / f"{name}.jsonl.gz") for name in ("watch", "arrivals", "runtime"))
    pods: dict[tuple[str, str], list[Observed]] = {}
    for document, arrival in zip(watch, arrivals, strict=True):
        pod = snapshot(document["object"])
        pods.setdefault((pod.name, pod.uid), []).append(Observed(arrival["t"], document["type"], {}, pod))
    called: dict[str, list[Observed]] = {}
    end = max((arrival["t"] for arrival in arrivals), default=0.0)  # what the runtime did after the watch ended is not judged
    for line in runtime:
        if line["t"] <= end and (one := _call(line)) is not None:
            called.setdefault(line.get("uid", ""), []).append(one)
    return {key: list(_merged(snapshots, called.get(key[1], []))) for key, snapshots in pods.items()}


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as lines of JSON ({error}); name a directory with watch, arrivals and runtime") from None


def _call(line: dict[str, Any]) -> Observed | None:
    """Translate a line of the runtime's record into an event of the law."""
    container, kind = {"container": line.get("c", "")}, line["ev"]
    events: dict[str, tuple[str, dict[str, Any]]] = {
        "sandbox": ("create_sandbox", {"ip": line.get("ip", "")}),
        "sandbox_died": ("sandbox_die", {}),
        "sandbox_stopped": ("stop_sandbox", {}),
        "create": ("create", {**container, "id": line.get("id", "")}),
        "start": ("start", container),
        "start_failed": ("fail_start", container),
        "create_failed": ("fail_create", {**container, "reason": "CreateContainerError"}),
        "exit": ("exit", {**container, "code": line.get("code", 0), "reason": line.get("reason", "")}),
        "stop": ("stop", container),
        "lost": ("lose", container),
        "remove": ("remove", {**container, "id": line.get("id", "")}),
        "pull": ("pull", {"image": line.get("image", ""), "success": line.get("ok", True)}),
    }
    return Observed(line["t"], *events[kind]) if kind in events else None


def _merged(snapshots: list[Observed], calls: list[Observed]) -> Iterator[Observed]:
    """Interleave snapshots and calls by time; writes of others count a little earlier, but keep their order."""
    ordered, last = [], 0.0
    for before, one in zip([None, *snapshots], snapshots, strict=False):
        assert one.pod is not None
        foreign = before is None or before.pod is None or one.event == "DELETED" or _foreign(before.pod, one.pod)
        last = max(last, one.time - AHEAD if foreign else one.time)
        ordered.append((last, one))
    yield from (one for _, one in sorted([*ordered, *((c.time, c) for c in calls)], key=lambda pair: pair[0]))


def _foreign(old: Snapshot, new: Snapshot) -> bool:
    return (old.node, old.deleting, old.deletion_grace, old.generation) != (new.node, new.deleting, new.deletion_grace, new.generation)


def replayed(model: Model, name: str, uid: str, observed: list[Observed]) -> Replayed:
    """Replay what was observed of one pod."""
    first = observed[0]
    assert first.pod is not None
    run = Run(model, begin(first.pod, first.time))
    for one in observed[1:]:
        run.feed(one)
    return Replayed(name, uid, run.snapshots, run.agreed, run.widest, tuple(run.disagreements))


class Run:
    """The set of model states in which one recorded pod can be."""

    def __init__(self, model: Model, life: Life) -> None:
        self.model = model
        self.states: set[Life] = {life}
        self.api = life.api
        self.snapshots = self.agreed = 0
        self.widest = 1
        self.disagreements: list[Disagreement] = []
        self.now = life.now

    def feed(self, one: Observed) -> None:
        """Advance over one observation."""
        self.now = one.time
        if one.pod is None:
            return self._step(one, list(self._calls(one)))
        if one.event == "DELETED":
            return self._step(one, [("drop", {})])
        old, self.api = self.api, one.pod
        foreign = list(_writes(old, one.pod))
        if foreign:
            return self._step(one, foreign)
        self.snapshots += 1
        after = {s for s in self._advanced(one.time, "publish", {}) if explains(s.api, one.pod)}
        if after:
            self.agreed += 1
            self._keep(after)
        else:
            self._disagree(one, self._nearest(one.pod))
            self.states = {_adopted(s, one.pod) for s in self.states}
        return None

    def _calls(self, one: Observed) -> Iterator[tuple[str, Values]]:
        if one.event == "remove":
            yield "remove_older", {"container": one.values["container"]}
            yield "remove", {"container": one.values["container"]}
            yield "reset", {"container": one.values["container"]}
            yield "purge", {"container": one.values["container"]}
        elif one.event == "pull":
            for container in self.api.all:
                if container.image == one.values["image"]:
                    yield "pull", {"container": container.name, "success": one.values["success"]}
        else:
            yield one.event, one.values

    def _step(self, one: Observed, options: list[tuple[str, Values]]) -> None:
        after = {s for name, values in options for s in self._advanced(one.time, name, values)}
        if after:
            self._keep(after)
        else:
            refusals = {r.says for s in self.states for name, values in options if (r := self.model.refusal(s, name, values))}
            self._disagree(one, f"no run of the model allows {one.event} {one.values}: {'; '.join(sorted(refusals))}")

    def _advanced(self, now: float, name: str, values: Values) -> Iterator[Life]:
        """Yield the states after an event that may be preceded by any hidden events."""
        for state in self._closure(now):
            after = self.model.apply(replace(state, now=now), name, values)
            if after is not None:
                yield after

    def _closure(self, now: float) -> Iterable[Life]:
        """Return every state that hidden events lead to: each happens right after the last observation or right before this one, and none is overdue."""
        overdue = self.model.law.functions["overdue"]
        early = self._reached(self.states)
        return self._reached({replace(s, now=now) for s in early if not overdue(s, now)})

    def _reached(self, states: set[Life]) -> set[Life]:
        seen, todo = set(states), list(states)
        while todo:
            for _, _, after in self.model.steps(todo.pop()):
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
            if len(seen) > MOST:
                raise InputError(f"the recording leaves more than {MOST} states open; replay a shorter one")
        return seen

    def _keep(self, states: set[Life]) -> None:
        self.states = states
        self.widest = max(self.widest, len(states))

    def _disagree(self, one: Observed, message: str) -> None:
        self.disagreements.append(Disagreement(one.time, one.event, message))

    def _nearest(self, pod: Snapshot) -> str:
        found = [s.api for s in self._advanced(self.now, "publish", {})]
        if not found:
            return "the model has no status to write"
        return "nearest: " + min((differences(api, pod) for api in found), key=len)


def _writes(old: Snapshot, new: Snapshot) -> Iterator[tuple[str, Values]]:
    """Yield the events that explain a change of metadata or spec; nothing for a status write."""
    if new.node and not old.node:
        yield "bind", {"node": new.node}
    elif new.deleting and new.deletion_grace == 0 and old.deletion_grace != 0:
        yield "finish", {}
        yield "delete", {"grace": 0}
    elif new.deleting and not old.deleting:
        yield "delete", {"grace": new.deletion_grace or 0}


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


def _adopted(state: Life, pod: Snapshot) -> Life:
    return replace(state, api=pod, cached=pod, picked=pod, writing=False)
