"""The set of model states in which one recorded pod can be.

What the environment does (exits, losses, results of pulls and starts, API writes) is fed in order. What the kubelet
does is predicted: each of its calls must be enabled when it occurs, and each status it wrote must come out of the
model, in order. Hidden events happen freely in between, so the replay keeps the set of all model states in which the
pod can be, by how many writes of the object they have behind them: a watch shows a write a moment after it happened.
On a disagreement the recorded snapshot is adopted and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

import msgspec
from msgspec.structs import replace

from podlaw.history.replay.compare import differences, explains, unmerged
from podlaw.history.replay.probing import Probing
from podlaw.history.replay.recording import AHEAD, LAST, Observed, seconds
from podlaw.history.replay.states import States
from podlaw.history.replay.writes import EVICTIONS, PUBLISH, Event, Write, Written, fates, resizes, unseen, written
from podlaw.model import Model, Values, process
from podlaw.pod import Life, begin
from podlaw.snapshot import Snapshot

MANIFEST: Final = ("remove_manifest", "change_manifest")  # no recording shows a node's files,
ENDING: Final = ("stop", "stop_sandbox", "remove", "delete_mirror")  # only what follows
MOST: Final = 20_000  # states kept at once,
ALL: Final = 500_000  # and followed for one pod, in about a minute; more means that the recording leaves too much open

Layers = dict[int, States]  # by the index of the last write that has happened


class Disagreement(msgspec.Struct, frozen=True):
    """What no run of the model explains."""

    time: float
    event: str
    message: str


class TooOpenError(Exception):
    """One pod of a recording leaves more states open than can be followed."""


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
        self.probing = Probing(model, self.writes[0].pod.spec)
        self.agreed, self.widest, self.followed = 0, 1, 0
        self._closed = False
        self.disagreements: list[Disagreement] = []
        self._names = frozenset(c.name for c in self.writes[0].pod.all)
        self._unmerged = unmerged(model)
        self._rare: list[Event] = []  # what is tried where nothing else explains what is observed
        self._last_stop = max((one.time for one in observed if one.event == "stop_kubelet"), default=0.0)
        stops = (one.values["timeout"] for one in observed if one.event == "stop")
        self._fates = [*fates(self.writes, stops), *resizes(self.writes)]

    @property
    def states(self) -> Iterator[Life]:
        """Every state in which the pod can be."""
        return chain.from_iterable(self.layers.values())

    def feed(self, one: Observed) -> None:
        """Advance over one observation."""
        if one.pod is not None:
            self.shown += 1
            self._show(self._closure(one.time), self.writes[self.shown])
        elif one.event == "exec":
            answers = self.probing.answered(**one.values, now=one.time)
            if not answers:
                return      # nothing has been settled by now
            for name, values, certain in answers:
                self._step(replace(one, event=name, values=values), [(name, values)], optional=not certain)
        else:
            self._step(one, list(self.calls(one)))
            self.probing.note(one.event, one.values.get("container", ""), one.time)
        self.now = one.time

    def calls(self, one: Observed) -> Iterator[Event]:
        """Yield the events of the law that a call to the runtime may have been."""
        if one.event == "remove":
            for name in ("remove_older", "remove", "reset", "purge"):
                yield name, {"container": one.values["container"]}
        elif one.event == "pull":
            for container in sorted(self._names):
                yield "pull", {"container": container, "success": one.values["success"]}
        else:
            yield one.event, one.values

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
        options = self._known(options)
        after, layers = self._advanced(one, options, optional)
        if not after:
            self._rare = self._known(self._unpublished(one))
            after, _ = self._advanced(one, options, optional)
            self._rare = []
        if after or self._unshown(one.time):
            return self._keep(after or layers)
        refusals = {r.says for states in layers.values() for s in states for name, values in options if (r := self.model.refusal(s, name, values))}
        self.disagree(one.time, one.event, f"no run of the model allows {one.event} {one.values}: {'; '.join(sorted(refusals))}")
        return self._keep(layers)

    def _advanced(self, one: Observed, options: list[Event], optional: bool) -> tuple[Layers, Layers]:
        """Return the states after one of some events, and those before it."""
        layers = self._closure(one.time, self.writes[0].pod.mirror and any(name in ENDING for name, _ in options))
        after = {k: States([*self._after(states, one, options), *(states if optional else ())]) for k, states in layers.items()}
        return {k: states for k, states in after.items() if states}, layers

    def _unpublished(self, one: Observed) -> Iterator[Event]:
        """Yield what no status tells of: a preparation that failed, and an eviction before whose end the recording or the kubelet ends."""
        yield from (("fail_prepare", {"container": name, "reason": "CreateContainerConfigError"}) for name in sorted(self._names))
        untold = self.writes[-1].pod.phase not in ("Succeeded", "Failed") or self._last_stop > one.time
        if one.event in ENDING and untold and not self._fates and not self.writes[self.shown].pod.deleting:
            yield from EVICTIONS

    def _unshown(self, time: float) -> bool:
        """Return whether the binding, which the watch ends too early to show, may lie behind what happens now."""
        return not self.writes[-1].pod.node and self.end - AHEAD < time

    def _after(self, states: States, one: Observed, options: list[Event]) -> Iterator[Life]:
        for state in states:
            if one.event == "remove" and follows(state, one, {}):
                yield state     # the record is older than the two of a container that a state keeps
                continue
            for name, values in options:
                if (after := self.model.apply(state, name, values)) is not None and follows(after, one, values):
                    yield after

    def _closure(self, now: float, ending: bool = False) -> Layers:
        """Return every state that hidden events and writes lead to until ``now``.

        Each happens right after the last observation, right before this one, or at the end of a second that a coming
        status shows in between; at none of these moments anything is overdue.
        """
        overdue = self.model.law.functions["overdue"]
        layers = self.layers if self._closed else self._reached(self.layers, self.now)
        for time in [*self._moments(now), now]:
            layers = {k: States(replace(s, now=time) for s in states if not overdue(s, time)) for k, states in layers.items()}
            layers = self._reached(layers, time)
        if ending:
            for k, states in layers.items():
                layers[k] = States([*states, *(after for s in states for _, _, after in self.model.steps(s, MANIFEST))])
            layers = self._reached(layers, now)
        return layers

    def _moments(self, now: float) -> list[float]:
        """Return when between the last observation and this one something hidden must have happened by its time.

        The start that the next statuses show tells its second; a deadline that is over is noticed soon (MISC-05);
        grace periods begin as soon as a deletion may have happened that the watch shows late.
        """
        coming = [(self.writes[k].pod, self.writes[k + 1]) for k in self.layers if k + 1 < len(self.writes)]
        deletions = {write.time - AHEAD for old, write in coming if write.pod.deleting and not old.deleting}
        starts = {seconds(pod.start) for k in self.layers for pod in (self.writes[k].pod, *self.writes[k].following) if pod.start}
        deadlines = {life.api.deadline for life in self.states if life.api.deadline is not None}
        ends = {start + LAST for start in starts} | {start + deadline for start in starts for deadline in deadlines} | deletions
        return sorted(time for time in ends if self.now < time < now)

    def _reached(self, layers: Layers, now: float) -> Layers:
        """Return the states to which hidden events lead now, and the writes that the watch may show too late."""
        found: Layers = {}
        todo = dict(layers)
        while todo:
            k = min(todo)
            found[k] = self._settled(todo.pop(k), k, now)
            if k + 1 < len(self.writes) and self.writes[k + 1].time - AHEAD <= now:
                more = States(self._wrote(found[k], self.writes[k + 1]))
                if more:
                    todo[k + 1] = States([*todo.get(k + 1, ()), *more])
            if sum(map(len, found.values())) > MOST:
                raise TooOpenError(f"the recording leaves more than {MOST} states open at {now:.3f}; what follows is not judged")
            if self.followed > ALL:
                raise TooOpenError(f"the recording left {ALL} states to follow by {now:.3f}; what follows is not judged")
        return found

    def _settled(self, lives: Iterable[Life], k: int, now: float) -> States:
        """Return every state that hidden events lead to while the object stands."""
        shown = self.writes[k]
        quiet = self._known([*unseen(shown.pod, *shown.following), *self.probing.silent(now, shown.pod.deleting), *self._fates, *self._rare])
        seen = States(unwritten=not shown.following)
        todo = [new for life in lives if (new := seen.add(life)) is not None]
        while todo:
            state = todo.pop()
            if state not in seen:
                continue
            self.followed += 1
            for name, after in self._steps(state, quiet):
                if (name != "pick" or self._useful(after, k)) and (new := seen.add(after)) is not None:
                    todo.append(new)
            if len(seen) > MOST:
                break
        return seen

    def _wrote(self, states: Iterable[Life], write: Written) -> Iterator[Life]:
        """Yield the states after a write which show what the watch will."""
        for state in states:
            for option in write.options or (PUBLISH,):
                after = self._through(state, option, write)
                if after is not None and (write.event == "DELETED" or explains(after.api, write.pod)):
                    yield after

    def _through(self, state: Life, option: Write, write: Written) -> Life | None:
        """Return the state after the events that one write of others is, or None; what a write is, and not its events, raises the generation (API-05)."""
        after: Life | None = state
        for name, values in option:
            after = self.model.apply(after, name, values) if after is not None else None
        if after is None or write.own or write.event == "DELETED":
            return after
        asked = after.asked if after.asked is None or write.more_deletions else write.time  # only bounds read it then, to which late is early enough
        return replace(after, asked=asked, api=replace(after.api, generation=write.pod.generation))

    def _known(self, options: Iterable[Event]) -> list[Event]:
        """Return the events that this law has, about containers which the model has."""
        known = [(name, values) for name, values in options if name in self.model.events]
        return [(name, values) for name, values in known if "container" not in values or values["container"] in self._names]

    def _steps(self, state: Life, quiet: Sequence[Event]) -> Iterator[tuple[str, Life]]:
        """Yield what may happen unseen: every hidden event, and those of the environment that only a later status shows."""
        for name, _, after in self.model.steps(state):
            yield name, after
        for name, values in quiet:
            if (after_ := self.model.apply(state, name, values)) is not None:
                yield name, after_

    def _useful(self, life: Life, k: int) -> bool:
        """Return whether the picked status can be what the kubelet writes next; any other pick is never seen."""
        return any(explains(life.picked, pod, self._unmerged) for pod in self.writes[k].following)

    def _keep(self, layers: Layers, closed: bool = False) -> None:
        self.layers, self._closed = layers, closed
        self.widest = max(self.widest, sum(map(len, layers.values())))

    def disagree(self, time: float, event: str, message: str) -> None:
        """Note what no run of the model explains."""
        self.disagreements.append(Disagreement(time, event, message))

    def _nearest(self, before: list[Life], write: Written) -> str:
        """Return how what the model would write differs, or why it would write nothing."""
        options = write.options or (PUBLISH,)
        after = [a for s in before for option in options if (a := self._through(s, option, write)) is not None]
        apis = [a.api for a in after] or [self.model.merged(s, s.cached) for s in before if write.own and s.known]
        if apis:
            return "nearest: " + min((differences(api, write.pod) for api in apis), key=len)
        refusals = {r.says for s in before for option in options for name, values in option[:1] if (r := self.model.refusal(s, name, values))}
        return "the model has no status to write" if write.own else f"no run of the model allows {options[0][0][0]}: {'; '.join(sorted(refusals))}"


def follows(state: Life, one: Observed, values: Values) -> bool:
    """Return whether a state can be that after an observation: a record that was removed is gone, and a pull was of the container's image."""
    if one.event == "pull":
        return bool(process(state, values["container"]).image == one.values["image"])
    return one.event != "remove" or all(one.values["id"] not in (p.run.id, p.older.id) for p in state.processes)


def _adopted(state: Life, write: Written) -> Life:
    if not write.own:
        return replace(state, api=write.pod)
    return replace(state, api=write.pod, cached=write.pod, picked=write.pod, writing=False)
