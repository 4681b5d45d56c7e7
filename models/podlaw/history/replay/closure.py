"""What may happen unseen between two observations: hidden events, and writes of the object that the watch shows late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, product
from typing import Final

from msgspec.structs import replace

from podlaw.history.replay.compare import explains, unmerged
from podlaw.history.replay.probing import Probing
from podlaw.history.replay.recording import AHEAD, LAST, seconds
from podlaw.history.replay.states import States
from podlaw.history.replay.writes import PUBLISH, Event, Write, Written, fates, resizes, unseen
from podlaw.model import Model
from podlaw.pod import Life

MANIFEST: Final = ("remove_manifest", "change_manifest")  # no recording shows a node's files
MOST: Final = 20_000  # states kept at once,
ALL: Final = 500_000  # and followed for one pod, in about a minute; more means that the recording leaves too much open

Layers = dict[int, States]  # by the index of the last write that has happened


class TooOpenError(Exception):
    """One pod of a recording leaves more states open than can be followed."""


class Closure:
    """All that the states of one recorded pod lead to unseen; ``stops`` are the timeouts of its stops, in seconds."""

    def __init__(self, model: Model, writes: Sequence[Written], stops: Iterable[int]) -> None:
        self.model, self.writes = model, writes
        self.probing = Probing(model, writes[0].pod.spec)
        self.names = frozenset(c.name for c in writes[0].pod.all)
        self.fates = [*fates(writes, stops), *resizes(writes)]
        self._unmerged = unmerged(model)
        self._followed = 0

    def known(self, options: Iterable[Event]) -> list[Event]:
        """Return the events that this law has, about containers which the model has."""
        known = [(name, values) for name, values in options if name in self.model.events]
        return [(name, values) for name, values in known if "container" not in values or values["container"] in self.names]

    def between(self, layers: Layers, since: float, now: float, closed: bool, rare: Sequence[Event] = ()) -> Layers:
        """Return every state that hidden events and writes lead to from ``since`` until ``now``; ``closed`` layers have those of ``since``.

        Each happens right after the last observation, right before this one, or at the end of a second that a coming
        status shows in between; at none of these moments anything is overdue. ``rare`` events may happen unseen too.
        """
        overdue, moments = self.model.law.functions["overdue"], self._moments(layers, since, now)
        layers = layers if closed else self.reached(layers, since, rare)
        for time in [*moments, now]:
            layers = {k: States(replace(s, now=time) for s in states if not overdue(s, time)) for k, states in layers.items()}
            layers = self.reached(layers, time, rare)
        return layers

    def other_manifests(self, layers: Layers, now: float, rare: Sequence[Event] = ()) -> Layers:
        """Return the states that may be if the manifest of a static pod has just been removed or changed."""
        either = {k: States([*states, *(after for s in states for _, _, after in self.model.steps(s, MANIFEST))]) for k, states in layers.items()}
        return self.reached(either, now, rare)

    def reached(self, layers: Layers, now: float, rare: Sequence[Event] = ()) -> Layers:
        """Return the states to which hidden events lead now, and the writes that the watch may show too late."""
        found: Layers = {}
        todo = dict(layers)
        while todo:
            k = min(todo)
            found[k] = self._settled(todo.pop(k), k, now, rare)
            if k + 1 < len(self.writes) and self.writes[k + 1].time - AHEAD <= now:
                more = States(self.wrote(found[k], self.writes[k + 1]))
                if more:
                    todo[k + 1] = States([*todo.get(k + 1, ()), *more])
            if sum(map(len, found.values())) > MOST:
                raise TooOpenError(f"the recording leaves more than {MOST} states open at {now:.3f}; what follows is not judged")
            if self._followed > ALL:
                raise TooOpenError(f"the recording left {ALL} states to follow by {now:.3f}; what follows is not judged")
        return found

    def wrote(self, states: Iterable[Life], write: Written) -> Iterator[Life]:
        """Yield the states after a write which show what the watch will; a worker may have taken the object that it replaces just before."""
        for state in states:
            woken = self.model.apply(state, "wake", {}) if write.renews else None
            for before, option in product((state,) if woken is None else (state, woken), write.options or (PUBLISH,)):
                after = self.through(before, option, write)
                if after is not None and (write.event == "DELETED" or explains(after.api, write.pod)):
                    yield after

    def through(self, state: Life, option: Write, write: Written) -> Life | None:
        """Return the state after the events that one write of others is, or None; what a write is, and not its events, raises the generation (API-05)."""
        after: Life | None = state
        for name, values in option:
            after = self.model.apply(after, name, values) if after is not None else None
        if after is None or write.own or write.event == "DELETED":
            return after
        asked = after.asked if after.asked is None or write.more_deletions else write.time  # only bounds read it then, to which late is early enough
        return replace(after, asked=asked, api=replace(after.api, generation=write.pod.generation))

    def _moments(self, layers: Layers, since: float, now: float) -> list[float]:
        """Return when between the last observation and this one something hidden must have happened by its time.

        The start that the next statuses show tells its second; a deadline that is over is noticed soon (MISC-05);
        grace periods begin as soon as a deletion may have happened that the watch shows late; and where the back-off
        of an image outlasts that of a crash, the pull is refused in between (BACKOFF-21).
        """
        coming = [(self.writes[k].pod, self.writes[k + 1]) for k in layers if k + 1 < len(self.writes)]
        deletions = {write.time - AHEAD for old, write in coming if write.pod.deleting and not old.deleting}
        starts = {seconds(pod.start) for k in layers for pod in (self.writes[k].pod, *self.writes[k].following) if pod.start}
        deadlines = {life.api.deadline for life in chain.from_iterable(layers.values()) if life.api.deadline is not None}
        ends = {start + LAST for start in starts} | {start + deadline for start in starts for deadline in deadlines} | deletions
        ends |= {time for life in chain.from_iterable(layers.values()) for time in self._refusals(life)}
        return sorted(time for time in ends if since < time < now)

    def _refusals(self, life: Life) -> Iterator[float]:
        """Yield the end of every crash back-off at which that of the image is not over."""
        start, refused = self.model.law.functions["back_off_from"], self.model.law.functions["pull_refused"]
        for p in life.processes:
            begun = start(p) if p.pull_level and p.level else None
            if begun is not None and refused(p, begun + p.level):
                yield begun + p.level

    def _settled(self, lives: Iterable[Life], k: int, now: float, rare: Sequence[Event]) -> States:
        """Return every state that hidden events lead to while the object stands."""
        shown = self.writes[k]
        quiet = self.known([*unseen(shown.pod, *shown.following), *self.probing.silent(now, shown.pod.deleting), *self.fates, *rare])
        seen = States(unwritten=not shown.following)
        todo = [new for life in lives if (new := seen.add(life)) is not None]
        while todo:
            state = todo.pop()
            if state not in seen:
                continue
            self._followed += 1
            for name, after in self._steps(state, quiet):
                if (name != "pick" or self._useful(after, k)) and (new := seen.add(after)) is not None:
                    todo.append(new)
            if len(seen) > MOST:
                break
        return seen

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
