"""When the kubelet may have stopped, and started again: nothing in a recording says so, but a stopped kubelet is silent."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

import msgspec

from podlaw.history.replay.recording import Observed
from podlaw.history.replay.run import Replayed

SILENCE: Final = 2.0  # seconds; a kubelet takes longer to start
EPSILON: Final = 0.0005  # seconds after the last act before a silence and before the first after it
EARLIER: Final = (8.0, 4.0, 2.0, 1.0, 0.5, 0.25)  # seconds before that by which the kubelet may have started: its first sync takes time, and may show nothing

Key = tuple[str, str]
Judge = Callable[[Key, list[Observed]], Replayed]


class Silence(msgspec.Struct, frozen=True):
    """A time in which no act of the kubelet is recorded for any pod; without end where it never acts again."""

    begin: float
    end: float

    def touches(self, observed: list[Observed]) -> bool:
        """Return whether a pod was there before the silence ended and observed again after it began."""
        return observed[0].time < self.end and self.begin < observed[-1].time

    def restarted(self, observed: list[Observed]) -> list[Observed]:
        """Return what was observed with a restart of the kubelet in this silence; at its end it has started, and it may have before."""
        created, *seen = observed
        early = [created, *(one for one in seen if one.time <= self.begin)]
        during = [one for one in seen if self.begin < one.time < self.end]
        late = [one for one in seen if one.time >= self.end]
        stop = max(self.begin + EPSILON, created.time)
        starts = [self.end - EPSILON - seconds for seconds in EARLIER if self.end < math.inf and self.end - seconds >= stop + SILENCE]
        between = sorted([*during, *(Observed(time, "may_start_kubelet", {}) for time in starts)], key=lambda one: one.time)
        again = [Observed(self.end - EPSILON, "start_kubelet", {})] if self.end < math.inf else []
        return [*early, Observed(stop, "stop_kubelet", {}), *between, *again, *late]


def silences(times: list[float]) -> Iterator[Silence]:
    """Yield every long silence between the kubelet's acts, and that after the last."""
    for before, after in pairwise([*sorted(times), math.inf]):
        if after - before >= SILENCE:
            yield Silence(before, after)


def settled(pods: dict[Key, list[Observed]], quiet: list[Silence], judge: Judge) -> dict[Key, Replayed]:
    """Judge all pods of a node with the kubelet restarted in those silences, one by one, after which they agree for longest."""
    found = {key: judge(key, observed) for key, observed in pods.items()}
    while options := list(_options(pods, found, quiet, judge)):
        silence, again = max(options, key=lambda option: sorted(map(_first, (found | option[1]).values())))
        found |= again
        pods = {**pods, **{key: silence.restarted(pods[key]) for key in again}}
        quiet = [one for one in quiet if one != silence]
    return found


def _options(pods: dict[Key, list[Observed]], found: dict[Key, Replayed], quiet: list[Silence], judge: Judge) -> Iterator[tuple[Silence, dict[Key, Replayed]]]:
    """Yield the silences with a restart in which a pod agrees for longer, the latest first, and all pods that each touches judged anew.

    What disagrees after the first disagreement tells nothing. None comes after one with which all agree.
    """
    for silence in reversed(quiet):
        touched = [key for key, observed in pods.items() if silence.touches(observed)]
        doubted = [key for key in touched if silence.begin < _first(found[key]) < math.inf]     # no later restart explains the first
        again = _better(silence, pods, found, doubted, judge)
        if again and any(_first(found[key]) < _first(result) for key, result in again.items()):
            others = _better(silence, pods, found, [key for key in touched if key not in doubted], judge)
            if others is not None:
                yield silence, again | others
                if not any(result.disagreements for result in (found | again | others).values()):
                    return


def _better(silence: Silence, pods: dict[Key, list[Observed]], found: dict[Key, Replayed], keys: list[Key], judge: Judge) -> dict[Key, Replayed] | None:
    """Judge some pods with a restart; None where it contradicts one, for a kubelet restarts for all its pods, and then it did not."""
    again: dict[Key, Replayed] = {}
    for key in keys:
        again[key] = judge(key, silence.restarted(pods[key]))
        if _first(again[key]) < _first(found[key]):
            return None
    return again


def _first(result: Replayed) -> float:
    """Return when the first disagreement is."""
    return result.disagreements[0].time if result.disagreements else math.inf
