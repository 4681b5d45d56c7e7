"""When the kubelet may have been restarted: nothing in a recording says so, but a stopped kubelet is silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

import msgspec

from podlaw.history.replay.recording import Observed
from podlaw.history.replay.run import Replayed

SILENCE: Final = 2.0  # seconds; a kubelet takes longer to start
EPSILON: Final = 0.0005  # seconds after the last act before a silence and before the first after it

Key = tuple[str, str]
Judge = Callable[[Key, list[Observed]], Replayed]


class Silence(msgspec.Struct, frozen=True):
    """A time in which no act of the kubelet is recorded for any pod."""

    begin: float
    end: float

    def touches(self, observed: list[Observed]) -> bool:
        """Return whether a pod was there before and observed again after the silence began."""
        return observed[0].time < self.begin < observed[-1].time

    def restarted(self, observed: list[Observed]) -> list[Observed]:
        """Return what was observed with a restart of the kubelet in this silence."""
        early = [one for one in observed if one.time <= self.begin]
        during = [one for one in observed if self.begin < one.time < self.end]
        late = [one for one in observed if one.time >= self.end]
        return [*early, Observed(self.begin + EPSILON, "stop_kubelet", {}), *during, Observed(self.end - EPSILON, "start_kubelet", {}), *late]


def silences(times: list[float]) -> Iterator[Silence]:
    """Yield every long silence between the kubelet's acts."""
    for before, after in pairwise(sorted(times)):
        if after - before >= SILENCE:
            yield Silence(before, after)


def settled(pods: dict[Key, list[Observed]], quiet: list[Silence], judge: Judge) -> dict[Key, Replayed]:
    """Judge all pods of a node with the kubelet restarted in those silences, one by one, that explain more of what they show.

    A kubelet restarts for all its pods: where that explains one and contradicts another, it did not.
    """
    found = {key: judge(key, observed) for key, observed in pods.items()}
    for silence in quiet:
        touched = [key for key, observed in pods.items() if silence.touches(observed)]
        doubted = [key for key in touched if any(d.time > silence.begin for d in found[key].disagreements[:1])]     # no later restart explains the first
        again = {key: judge(key, silence.restarted(pods[key])) for key in doubted}
        if _faults(again) < sum(len(found[key].disagreements) for key in doubted):
            again |= {key: judge(key, silence.restarted(pods[key])) for key in touched if key not in again}
            if _faults(again) < sum(len(found[key].disagreements) for key in touched):
                found |= again
                pods = {**pods, **{key: silence.restarted(pods[key]) for key in touched}}
    return found


def _faults(results: dict[Key, Replayed]) -> int:
    return sum(len(result.disagreements) for result in results.values())
