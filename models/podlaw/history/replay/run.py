"""The set of model states in which one recorded pod can be.

What the environment does (exits, losses, results of pulls and starts, API writes) is fed in order. What the kubelet
does is predicted: each of its calls must be enabled when it occurs, and each status it wrote must come out of the
model, in order. Hidden events happen freely in between, so the replay keeps the set of all model states in which the
pod can be. On a disagreement the recorded snapshot is adopted and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from podlaw.errors import InputError
from podlaw.history.replay.compare import differences, explains
from podlaw.history.replay.probing import Probing
from podlaw.history.replay.recording import Observed
from podlaw.history.replay.writes import writes
from podlaw.model import Model, Values
from podlaw.pod import Life, begin
from podlaw.snapshot import Snapshot

MOST: Final = 20_000  # states kept at once; more means that the recording leaves too much open


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
        self.probing = Probing(model, life.api.spec)
        self.snapshots = self.agreed = 0
        self.widest = 1
        self.disagreements: list[Disagreement] = []
        self.now = life.now

    def feed(self, one: Observed) -> None:
        """Advance over one observation."""
        self.now = one.time
        if one.event == "exec":
            for name, values, certain in self.probing.answered(**one.values):
                self._step(replace(one, event=name, values=values), [(name, values)], optional=not certain)
            return None
        if one.pod is None:
            return self._step(one, list(self._calls(one)))
        if one.event == "DELETED":
            if self.api.finalizers:     # the API server removes the object with its last finalizer, and shows it with it
                self._step(one, [("set_finalizers", {"finalizers": ()})])
            return self._step(one, [("drop", {})])
        old, self.api = self.api, one.pod
        foreign = list(writes(old, one.pod))
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

    def _step(self, one: Observed, options: list[tuple[str, Values]], optional: bool = False) -> None:
        after = {s for name, values in options for s in self._advanced(one.time, name, values)} | (self.states if optional else set())
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
            state = todo.pop()
            free = (self.model.apply(state, name, values) for name, values in self.probing.free)
            for stepped in (*(s for _, _, s in self.model.steps(state)), *free):
                if stepped is not None and (after := _plain(stepped)) not in seen:
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


def _plain(state: Life) -> Life:
    """Forget what no later step reads, so that no two states differ by it alone."""
    if state.deletion == "gone":
        return replace(state, began=state.began if state.step == "busy" else None, cached=state.api, picked=state.api, writing=False, computed=None)
    if state.step == "idle" or not state.writing:
        return replace(state, began=state.began if state.step == "busy" else None, picked=state.picked if state.writing else state.api)
    return state


def _adopted(state: Life, pod: Snapshot) -> Life:
    return replace(state, api=pod, cached=pod, picked=pod, writing=False)
