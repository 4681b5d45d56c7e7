"""The set of model states in which one recorded pod can be.

What the environment does (exits, losses, results of pulls and starts, API writes) is fed in order. What the kubelet
does is predicted: each of its calls must be enabled when it occurs, and each status it wrote must come out of the
model, in order. Hidden events happen freely in between, so the replay keeps the set of all model states in which the
pod can be, by how many writes of the object they have behind them: a watch shows a write a moment after it happened.
On a disagreement the recorded snapshot is adopted and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

import msgspec
from msgspec.structs import replace

from podlaw.history.replay.closure import Closure, Layers, TooOpenError
from podlaw.history.replay.compare import differences
from podlaw.history.replay.recording import AHEAD, Observed
from podlaw.history.replay.states import States
from podlaw.history.replay.writes import EVICTIONS, PUBLISH, Event, Written, written
from podlaw.model import Model, Values, process
from podlaw.pod import Life, begin
from podlaw.snapshot import Snapshot

ENDING: Final = ("stop", "stop_sandbox", "remove", "delete_mirror")  # what follows where a node's file is removed or changed


class Disagreement(msgspec.Struct, frozen=True):
    """What no run of the model explains."""

    time: float
    event: str
    message: str


class Replayed(msgspec.Struct, frozen=True):
    """One pod: how many snapshots the kubelet wrote, how many agree, what does not, and why the rest is not judged, if it is not."""

    name: str
    uid: str
    snapshots: int
    agreed: int
    widest: int
    disagreements: tuple[Disagreement, ...]
    open: str = ""


def replayed(model: Model, name: str, uid: str, observed: list[Observed]) -> Replayed:
    """Replay what was observed of one pod."""
    run = Run(model, observed)
    own, why = sum(one.own for one in run.writes), late(run.writes[0].pod)
    for one in () if why else observed[1:]:
        try:
            run.feed(one)
        except TooOpenError as error:
            why = str(error)
            break
    return Replayed(name, uid, own, run.agreed, run.widest, tuple(run.disagreements), why)


def late(pod: Snapshot) -> str:
    """Return why a pod that is first seen like this cannot be replayed; nothing where it has just been created."""
    return "the watch began after the kubelet had written its status; record it from its creation" if pod.known or pod.start is not None else ""


class Run:
    """The set of model states in which one recorded pod can be."""

    def __init__(self, model: Model, observed: list[Observed]) -> None:
        self.model = model
        self.writes = written(observed)
        self.shown = 0
        self.now, self.end = observed[0].time, observed[-1].time
        host = next((w.pod.host_ip for w in self.writes if w.pod.host_ip), "")
        self.layers: Layers = {0: States([begin(self.writes[0].pod, self.now, host)])}
        stops = (one.values["timeout"] for one in observed if one.event == "stop")
        self.closure = Closure(model, self.writes, stops)
        self.agreed, self.widest = 0, 1
        self._closed = False
        self.disagreements: list[Disagreement] = []
        self._last_stop = max((one.time for one in observed if one.event == "stop_kubelet"), default=0.0)

    @property
    def states(self) -> Iterator[Life]:
        """Every state in which the pod can be."""
        return chain.from_iterable(self.layers.values())

    def feed(self, one: Observed) -> None:
        """Advance over one observation."""
        if one.pod is not None:
            self.shown += 1
            self._show(self._until(one.time), self.writes[self.shown])
        elif one.event == "exec":
            answers = self.closure.probing.answered(**one.values, now=one.time)
            if not answers:
                return      # nothing has been settled by now
            for name, values, certain in answers:
                self._step(replace(one, event=name, values=values), [(name, values)], optional=not certain)
        else:
            self._step(one, list(self.calls(one)), optional=one.event == "may_start_kubelet")
            self.closure.probing.note(one.event, one.values.get("container", ""), one.time)
        self.now = one.time

    def calls(self, one: Observed) -> Iterator[Event]:
        """Yield the events of the law that a call to the runtime may have been."""
        if one.event == "remove":
            for name in ("remove_older", "remove", "reset", "purge"):
                yield name, {"container": one.values["container"]}
        elif one.event == "pull":
            for container in sorted(self.closure.names):
                yield "pull", {"container": container, "success": one.values["success"]}
        else:
            yield one.event.removeprefix("may_"), one.values

    def _show(self, layers: Layers, write: Written) -> None:
        """Keep the states that have a write behind them, now that the watch shows it."""
        if after := {k: states for k, states in layers.items() if k >= self.shown and states}:
            self.agreed += write.own
            return self._keep(after, closed=True)
        before = list(layers.get(self.shown - 1, ()))
        self.disagree(write.time, write.event, self._nearest(before, write))
        return self._keep({self.shown: States(_adopted(s, write) for s in before)})

    def _step(self, one: Observed, options: list[Event], optional: bool = False) -> None:
        """Advance over one event, which was one of some."""
        options = self.closure.known(options)
        after, layers = self._advanced(one, options, optional)
        if not after:
            after, _ = self._advanced(one, options, optional, list(self._unpublished(one)))
        if after or self._unshown(one.time):
            return self._keep(after or layers)
        refusals = {r.says for states in layers.values() for s in states for name, values in options if (r := self.model.refusal(s, name, values))}
        self.disagree(one.time, one.event, f"no run of the model allows {one.event} {one.values}: {'; '.join(sorted(refusals))}")
        return self._keep(layers)

    def _advanced(self, one: Observed, options: list[Event], optional: bool, rare: Sequence[Event] = ()) -> tuple[Layers, Layers]:
        """Return the states after one of some events, and those before it; ``rare`` is tried where nothing else explains what is observed."""
        layers = self._until(one.time, rare)
        if self.writes[0].pod.mirror and any(name in ENDING for name, _ in options):
            layers = self.closure.other_manifests(layers, one.time, rare)
        after = {k: States([*self._after(states, one, options), *(states if optional else ())]) for k, states in layers.items()}
        return {k: states for k, states in after.items() if states}, layers

    def _unpublished(self, one: Observed) -> Iterator[Event]:
        """Yield what no status tells of: a preparation that failed, and an eviction before whose end the recording or the kubelet ends."""
        yield from (("fail_prepare", {"container": name, "reason": "CreateContainerConfigError"}) for name in sorted(self.closure.names))
        untold = self.writes[-1].pod.phase not in ("Succeeded", "Failed") or self._last_stop > one.time
        if one.event in ENDING and untold and not self.closure.fates and not self.writes[self.shown].pod.deleting:
            yield from EVICTIONS

    def _unshown(self, time: float) -> bool:
        """Return whether the binding, which the watch ends too early to show, may lie behind what happens now."""
        return not self.writes[-1].pod.node and self.end - AHEAD < time

    def _after(self, states: States, one: Observed, options: list[Event]) -> Iterator[Life]:
        for state in states:
            if (one.event == "remove" and follows(state, one, {})) or (one.event == "start_kubelet" and not state.down):
                yield state     # the record is older than the two of a container that a state keeps, or the kubelet has started before
                continue
            for name, values in options:
                if (after := self.model.apply(state, name, values)) is not None and follows(after, one, values):
                    yield after

    def _until(self, time: float, rare: Sequence[Event] = ()) -> Layers:
        """Return every state that hidden events and writes lead to from the last observation until a coming one."""
        return self.closure.between(self.layers, self.now, time, self._closed, rare)

    def _keep(self, layers: Layers, closed: bool = False) -> None:
        self.layers, self._closed = layers, closed
        self.widest = max(self.widest, sum(map(len, layers.values())))

    def disagree(self, time: float, event: str, message: str) -> None:
        """Note what no run of the model explains."""
        self.disagreements.append(Disagreement(time, event, message))

    def _nearest(self, before: list[Life], write: Written) -> str:
        """Return how what the model would write differs, or why it would write nothing."""
        options = write.options or (PUBLISH,)
        after = [a for s in before for option in options if (a := self.closure.through(s, option, write)) is not None]
        apis = [a.api for a in after] or [self.model.merged(s, s.cached) for s in before if write.own and s.known]
        if apis:
            return "nearest: " + min((differences(api, write.pod) for api in apis), key=len)
        refusals = {r.says for s in before for option in options for name, values in option[:1] if (r := self.model.refusal(s, name, values))}
        return "the model has no status to write" if write.own else f"no run of the model allows {options[0][0][0]}: {'; '.join(sorted(refusals))}"


def follows(state: Life, one: Observed, values: Values) -> bool:
    """Return whether a state can be that after an observation: a record that was removed is gone, and a pull was of the image that the worker knows."""
    if one.event == "pull":
        return bool(process(state, values["container"]).taken_image == one.values["image"])
    return one.event != "remove" or all(one.values["id"] not in (p.run.id, p.older.id) for p in state.processes)


def _adopted(state: Life, write: Written) -> Life:
    if not write.own:
        return replace(state, api=write.pod)
    return replace(state, api=write.pod, cached=write.pod, picked=write.pod, writing=False)
