"""The shortest script of steps after which a pod may publish under one law what it cannot publish under the other.

Both laws play the same script on the same scope, step by step by name; a step that a law refuses, or does not have,
leaves its pod as it is. Since the clock may answer either way, a script leads each law to a set of states; those that
publish the same stay together. The search is breadth-first, so that the first difference is a nearest one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from podlaw.explore import ready
from podlaw.explore.compile import plain
from podlaw.explore.prepare import Ready
from podlaw.explore.published import Published
from podlaw.explore.search import SHARE, Progress, Words, free
from podlaw.ground.scope import Scope
from podlaw.ground.steps import Step
from podlaw.law import Law
from podlaw.snapshot import CONDITIONS, Snapshot

States = tuple[Words, ...]  # sorted, so that equal sets are equal
Numbers = dict[tuple[object, ...], int]  # of what is published; both laws share them
Shown = dict[int, States]  # by the number of what they publish
Pair = tuple[States, States]  # where the old and the new law may be after a script; all publish the same

PARTS: Final[Mapping[str, Callable[[Snapshot], object]]] = {  # of a pod, which may be compared alone
    "pod": lambda pod: pod,
    "phase": lambda pod: pod.phase,
    "conditions": lambda pod: tuple((one.status, one.reason) for one in (getattr(pod, name) for name in CONDITIONS)),
    "containers": lambda pod: pod.all,
}


class Run(msgspec.Struct, frozen=True):
    """One law's run of a script: the step at each place (none where it was refused), the states between them, and the pods at its end."""

    ready: Ready
    steps: tuple[Step | None, ...]
    states: tuple[Words, ...]
    pods: tuple[dict[str, Snapshot], ...]


class Difference(msgspec.Struct, frozen=True):
    """A shortest script after which two laws publish different pods, each step as a law has it that does, and a run of it by each."""

    script: tuple[Step, ...]
    old: Run
    new: Run


class Found(msgspec.Struct, frozen=True):
    """What the scripts of a scope showed: how many pairs were compared, the first difference, and why the search stopped early."""

    scope: Scope
    pairs: int
    difference: Difference | None
    stopped: str = ""


def distinguish(scope: str | Path, old: Law, new: Law, *, part: str = "pod", limit: int | None = None, progress: Progress | None = None) -> Found:
    """Play every script of a scope under two laws until they publish different pods.

    ``part`` names what of the pods is compared, a key of PARTS; ``limit`` is the memory in bytes at which to stop.
    Raises LawError for a scope that is not there, or that either law cannot explore.
    """
    numbers: Numbers = {}
    sides = Side(ready(scope, old), part, numbers), Side(ready(scope, new), part, numbers)
    return Product(*sides).search(int(SHARE * free()) if limit is None else limit, progress)


class Side:
    """One law in a product: where a script may lead it."""

    def __init__(self, ready: Ready, part: str, numbers: Numbers) -> None:
        self.ready, self.part, self.numbers = ready, PARTS[part], numbers
        self.published = Published(ready)
        self.named: dict[str, list[tuple[Step, Any]]] = {}  # a step with an answer of the clock has several functions
        for step, function in zip(ready.form.steps, plain(ready.form.steps, ready.places), strict=True):
            self.named.setdefault(step.name, []).append((step, function))

    def first(self) -> States:
        """Return the state of creation, alone."""
        return (self.ready.places.packed(self.ready.form.start),)

    def after(self, states: States, name: str) -> States | None:
        """Return the states after a step of some states, or none where a cap of the scope keeps one of them from it."""
        found: set[Words] = set()
        for words in states:
            results = [function(*words) for _, function in self.named.get(name, ())]
            if any(done == 2 for done, *_ in results):
                return None
            found.update([tuple(after) for done, *after in results if done == 1] or [words])
        return tuple(sorted(found))

    def shown(self, states: States) -> Shown:
        """Return states by what they publish."""
        found: dict[int, list[Words]] = {}
        for words in states:
            pods = tuple(map(self.part, self.published.pods(words).values()))
            found.setdefault(self.numbers.setdefault(pods, len(self.numbers)), []).append(words)
        return {number: tuple(some) for number, some in found.items()}

    def run(self, sets: list[States], script: list[str]) -> Run:
        """Return a run of a script through some sets of states, one after each step, to a state of the last."""
        words = sets[-1][0]
        steps: list[Step | None] = []
        states = [words]
        for before, name in zip(sets[-2::-1], script[::-1], strict=True):
            step, words = self._into(before, name, words)
            steps.append(step)
            states.append(words)
        states.reverse()
        return Run(self.ready, tuple(steps[::-1]), tuple(states), tuple(self.published.pods(w) for w in states))

    def _into(self, states: States, name: str, after: Words) -> tuple[Step | None, Words]:
        """Return the step of a name that leads from one of some states to another, with that state; none where it stays."""
        for words in states:
            for step, function in self.named.get(name, ()):
                if function(*words) == (1, *after):
                    return step, words
        return None, after


class Product:
    """Two laws that play the same scripts."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old, new
        self.steps = {name: some[0][0] for side in (new, old) for name, some in side.named.items()}
        self.pairs: list[Pair] = []
        self.came: dict[Pair, tuple[Pair | None, str, int]] = {}  # from which pair, by which step, how far from creation

    def search(self, limit: int, progress: Progress | None) -> Found:
        """Compare pair after pair, in the order of their distance from creation."""
        scope, begun, held, number = self.old.ready.placed.spec, time.monotonic(), 0, 0
        difference = self._met((self.old.first(), self.new.first()), None, "", 0)
        while difference is None and number < len(self.pairs):
            pair = self.pairs[number]
            held += _bytes(pair)
            if held > limit:
                return Found(scope, number, None, "out of memory")
            if progress is not None and number % 256 == 0:
                progress(self.came[pair][2], len(self.pairs), time.monotonic() - begun)
            difference = self._expanded(pair)
            number += 1
        return Found(scope, len(self.pairs), difference)

    def _expanded(self, pair: Pair) -> Difference | None:
        """Play every step that stays within the scope under both laws; return the first difference."""
        for name in self.steps:
            old, new = self.old.after(pair[0], name), self.new.after(pair[1], name)
            difference = None if old is None or new is None else self._met((old, new), pair, name, self.came[pair][2] + 1)
            if difference is not None:
                return difference
        return None

    def _met(self, states: Pair, pair: Pair | None, name: str, depth: int) -> Difference | None:
        """Note what a step leads to, apart by what is published; return where one law alone publishes something."""
        old, new = self.old.shown(states[0]), self.new.shown(states[1])
        if old.keys() != new.keys():
            ends = tuple(mine[next((n for n in mine if n not in others), next(iter(mine)))] for mine, others in ((old, new), (new, old)))
            return self._difference(pair, name, (ends[0], ends[1]))
        for number, some in old.items():
            met = some, new[number]
            if met not in self.came:
                self.came[met] = pair, name, depth
                self.pairs.append(met)
        return None

    def _difference(self, pair: Pair | None, name: str, ends: Pair) -> Difference:
        """Return the script through a pair by one more step, and a run of it by each law."""
        pairs, script = [ends], []
        while pair is not None:
            pairs.append(pair)
            script.append(name)
            pair, name, _ = self.came[pair]
        pairs.reverse()
        script.reverse()
        steps = tuple(self.steps[name] for name in script)
        return Difference(steps, self.old.run([one for one, _ in pairs], script), self.new.run([one for _, one in pairs], script))


def _bytes(pair: Pair) -> int:
    """Return about how much memory a pair takes: two tuples of states, each a tuple of whole numbers, and its place in a list and a dict."""
    return 500 + sum(100 + 40 * len(states[0]) * len(states) for states in pair)
