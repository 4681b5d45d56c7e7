"""The set of model states in which one recorded pod can be.

What the environment does (exits, losses, results of pulls and starts, API writes) is fed in order. What the kubelet
does is predicted: each of its calls must be enabled when it occurs, and each status it wrote must come out of the
model, in order. Hidden events happen freely in between, so the replay keeps the set of all model states in which the
pod can be. On a disagreement the recorded snapshot is adopted and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec
from msgspec.structs import replace

from podlaw.history.replay.compare import differences, explains, unmerged
from podlaw.history.replay.probing import Probing
from podlaw.history.replay.recording import Observed
from podlaw.history.replay.states import States
from podlaw.history.replay.writes import fates, unseen, writes
from podlaw.model import Model, Values
from podlaw.pod import Life, begin
from podlaw.snapshot import Snapshot

MANIFEST: Final = ("remove_manifest", "change_manifest")  # no recording shows a node's files,
ENDING: Final = ("stop", "stop_sandbox", "delete_mirror")  # only what follows
MOST: Final = 20_000  # states kept at once; more means that the recording leaves too much open


class Disagreement(msgspec.Struct, frozen=True):
    """What no run of the model explains."""

    time: float
    event: str
    message: str


class TooOpenError(Exception):
    """One pod of a recording leaves more states open than can be followed."""


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
    timeouts = (one.values["timeout"] for one in observed if one.event == "stop")
    run = Run(model, begin(first.pod, first.time), fates((one.pod for one in observed if one.pod is not None), timeouts))
    for one, following in zip(observed[1:], upcoming(observed), strict=True):
        try:
            run.feed(one, following)
        except TooOpenError as error:
            run.disagree(one, str(error))
            break
    own = sum(not events for events in _explained(observed).values())
    return Replayed(name, uid, own, run.agreed, run.widest, tuple(run.disagreements))


def upcoming(observed: list[Observed]) -> list[tuple[Snapshot, ...]]:
    """Return for each observation but the first what the kubelet writes next, then or later: several where others may have written the first."""
    explained = _explained(observed)
    found: list[tuple[Snapshot, ...]] = []
    following: tuple[Snapshot, ...] = ()
    for one in reversed(observed[1:]):
        if one.pod is not None and (events := explained.get(id(one.pod))) is not None:
            following = (one.pod, *following) if "publish" in events else following if events else (one.pod,)
        found.append(following)
    return found[::-1]


def _explained(observed: list[Observed]) -> dict[int, list[str]]:
    """Return for each snapshot but the first, by its identity, the events that explain it as a write of others; none for a kubelet's."""
    pods = [one.pod for one in observed if one.pod is not None and one.event != "DELETED"]
    return {id(new): [name for name, _ in writes(old, new)] for old, new in pairwise(pods)}


class Run:
    """The set of model states in which one recorded pod can be."""

    def __init__(self, model: Model, life: Life, fates: Iterable[tuple[str, Values]] = ()) -> None:
        self.model = model
        self.states = States([life])
        self.api = life.api
        self.probing = Probing(model, life.api.spec)
        self.agreed = 0
        self.widest = 1
        self.disagreements: list[Disagreement] = []
        self.now = life.now
        self.written: tuple[Snapshot, ...] = ()
        self._unmerged = unmerged(model)
        self._unseen: list[tuple[str, Values]] = []
        self._fates: list[tuple[str, Values]] = []
        for fate in fates:
            if fate not in self._fates:
                self._fates.append(fate)

    def feed(self, one: Observed, written: tuple[Snapshot, ...]) -> None:
        """Advance over one observation; ``written`` is what the kubelet writes next, then or later."""
        self.now, self.written = one.time, written
        ending = self._fates if one.pod is not None or one.event in ENDING else []
        self._unseen = self._known([*unseen(self.api, *written), *self.probing.free, *ending])
        if one.event == "stop_kubelet":
            self.probing.forget()
        if one.event == "exec":
            for name, values, certain in self.probing.answered(**one.values):
                self._step(replace(one, event=name, values=values), [(name, values)], optional=not certain)
            return None
        if one.pod is None:
            return self._step(one, list(self.calls(one)))
        if one.event == "DELETED":
            if self.api.finalizers:     # the API server removes the object with its last finalizer, and shows it with it
                self._step(one, [("set_finalizers", {"finalizers": ()})])
            return self._step(one, [("drop", {})])
        old, self.api = self.api, one.pod
        foreign = list(writes(old, one.pod))
        if foreign:
            return self._by_others(one, one.pod, foreign)
        after = States(s for s in self._advanced([("publish", {})]) if explains(s.api, one.pod))
        if after:
            self.agreed += 1
            self._keep(after)
        else:
            self.disagree(one, self._nearest(one.pod))
            self.states = States(_adopted(s, one.pod) for s in self.states)
        return None

    def calls(self, one: Observed) -> Iterator[tuple[str, Values]]:
        """Yield the events of the law that a call to the runtime may have been."""
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
        options = self._known(options)
        after = States([*(s for s in self._advanced(options) if follows(s, one)), *(self.states if optional else ())])
        if after:
            self._keep(after)
        else:
            refusals = {r.says for s in self.states for name, values in options if (r := self.model.refusal(s, name, values))}
            self.disagree(one, f"no run of the model allows {one.event} {one.values}: {'; '.join(sorted(refusals))}")

    def _by_others(self, one: Observed, pod: Snapshot, options: list[tuple[str, Values]]) -> None:
        """Advance over a write of others, after which the API object must show what was recorded."""
        after = States(self._advanced(self._known(options)))
        if shown := States(s for s in after if explains(s.api, pod)):
            return self._keep(shown)
        if not after:
            return self._step(one, options)
        self.disagree(one, "nearest: " + min((differences(s.api, pod) for s in after), key=len))
        self.states = States(replace(s, api=pod) for s in after)
        return None

    def _advanced(self, options: Sequence[tuple[str, Values]]) -> Iterator[Life]:
        """Yield the states after one of some events, which may be preceded by any hidden events."""
        for state in self._closure(self.api.mirror and any(name in ENDING for name, _ in options)):
            for name, values in options:
                after = self.model.apply(state, name, values)
                if after is not None:
                    yield after

    def _closure(self, ending: bool = False) -> Iterable[Life]:
        """Return every state that hidden events lead to: each happens right after the last observation or right before this one, and none is overdue."""
        overdue = self.model.law.functions["overdue"]
        late = [replace(s, now=self.now) for s in self._reached(self.states) if not overdue(s, self.now)]
        return self._reached([*late, *(after for s in late if ending for _, _, after in self.model.steps(s, MANIFEST))])

    def _reached(self, lives: Iterable[Life]) -> States:
        seen = States()
        todo = [new for life in lives if (new := seen.add(life)) is not None]
        while todo:
            state = todo.pop()
            if state not in seen:
                continue
            for name, after in self._steps(state):
                if (name != "pick" or self._useful(after)) and (new := seen.add(after)) is not None:
                    todo.append(new)
            if len(seen) > MOST:
                raise TooOpenError(f"the recording leaves more than {MOST} states open here; what follows is not judged")
        return seen

    def _known(self, options: list[tuple[str, Values]]) -> list[tuple[str, Values]]:
        """Return the events that are about containers which the model has."""
        names = {p.spec.name for p in next(iter(self.states)).processes}
        return [(name, values) for name, values in options if values.get("container", "") in names or "container" not in values]

    def _steps(self, state: Life) -> Iterator[tuple[str, Life]]:
        """Yield what may happen unseen: every hidden event, and those of the environment that only a later status shows."""
        for name, _, after in self.model.steps(state):
            yield name, after
        for name, values in self._unseen:
            if (after_ := self.model.apply(state, name, values)) is not None:
                yield name, after_

    def _useful(self, life: Life) -> bool:
        """Return whether the picked status can be what the kubelet writes next; any other pick is never seen."""
        return any(explains(life.picked, pod, self._unmerged) for pod in self.written)

    def _keep(self, states: States) -> None:
        self.states = states
        self.widest = max(self.widest, len(states))

    def disagree(self, one: Observed, message: str) -> None:
        """Note what no run of the model explains."""
        self.disagreements.append(Disagreement(one.time, one.event, message))

    def _nearest(self, pod: Snapshot) -> str:
        """Return how the status that the model would write differs, where it would write any."""
        found = [self.model.merged(s, s.cached) for s in self._closure() if s.known]
        if not found:
            return "the model has no status to write"
        return "nearest: " + min((differences(api, pod) for api in found), key=len)


def follows(state: Life, one: Observed) -> bool:
    """Return whether a state can be that after an observation: a record that was removed is gone."""
    return one.event != "remove" or all(one.values["id"] not in (p.run.id, p.older.id) for p in state.processes)


def _adopted(state: Life, pod: Snapshot) -> Life:
    return replace(state, api=pod, cached=pod, picked=pod, writing=False)
