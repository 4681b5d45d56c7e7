"""Breadth-first search of every state of a ground form, in arrays compiled by numba or in plain Python; both find the same, in the same order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from podlaw.explore.compile import plain, referee
from podlaw.explore.layout import Layout
from podlaw.ground.domains import Finite
from podlaw.ground.nodes import Node

Words = tuple[int, ...]
Progress = Callable[[int, int, float], None]  # depth, states, seconds
SHARE: Final = 0.6  # of the memory that is free when the search begins
BATCH: Final = 1 << 14  # states between two looks at memory, Ctrl-C and the progress bar


class Shown(msgspec.Struct, frozen=True, gc=False):  # it holds numbers only, and there may be very many
    """A step between two published words: the first state that shows it, the step that does, and the words."""

    before: Words
    after: Words
    state: int
    step: int


class Found:
    """What a search found: every state in the order of its distance from the first, and what they publish.

    ``levels`` holds the number of the first state of each distance, and the count of all at the end. ``whole`` is false
    where the search stopped early; ``stopped`` says why. ``capped`` counts states at a cap of the scope, ``dead`` lists those without successor.
    ``broken`` holds for each rule that was given the place in ``shown`` of the first step that violates it, or -1.
    """

    shown: list[Shown]

    def __init__(self, form: Finite, places: Layout) -> None:
        self.form, self.places = form, places
        self.levels: list[int] = [0, 1]
        self.edges = self.capped = 0
        self.dead: list[int] = []
        self.broken: list[int] = []
        self.stopped = ""
        self.seconds = self.processor = 0.0  # of the search alone, by the clock and of the processor

    @property
    def whole(self) -> bool:
        """Return whether every state was expanded."""
        return not self.stopped

    @property
    def states(self) -> int:
        """Return how many states were found."""
        return self.levels[-1]

    @property
    def depth(self) -> int:
        """Return the distance of the farthest state."""
        return len(self.levels) - 2

    def words(self, number: int) -> Words:
        """Return one state's words."""
        raise NotImplementedError

    def before(self, number: int) -> tuple[int, int]:
        """Return a state one step nearer to the first that leads to a state, and the step that does."""
        raise NotImplementedError

    def path(self, number: int) -> list[tuple[int, int]]:
        """Return the shortest path to a state, as pairs of a step and the state after it."""
        found: list[tuple[int, int]] = []
        while number:
            earlier, step = self.before(number)
            found.append((step, number))
            number = earlier
        return found[::-1]

    def level(self, number: int) -> int:
        """Return the distance of a state from the first."""
        return next(i for i, first in enumerate(self.levels[1:]) if number < first)

    def unreaching(self, goal: Callable[[int], bool]) -> list[int]:
        """Return the states from which no state where ``goal`` holds, and none at a cap, can be reached."""
        raise NotImplementedError


def search(
    form: Finite, places: Layout, *, compiled: bool, limit: int | None = None, progress: Progress | None = None, rules: Sequence[Node] = ()
) -> Found:
    """Explore every state; ``limit`` is a number of bytes, by default a share of the memory that is free. Ctrl-C ends it with what was found.

    ``rules`` tell where each is violated, over published variables and those before the step; ``places`` must have them as outputs.
    """
    from podlaw.explore.native import Native  # noqa: PLC0415 - it is a kind of Found

    limit = limit or int(SHARE * free())
    found = (Native if compiled else Plain)(form, places, limit, rules)
    begun, used = time.monotonic(), time.process_time()
    try:
        for depth, states in found.run():
            if progress is not None:
                progress(depth, states, time.monotonic() - begun)
    except KeyboardInterrupt:
        found.stopped = "interrupted"
        found.interrupted()
    found.seconds, found.processor = time.monotonic() - begun, time.process_time() - used
    return found


def free() -> int:
    """Return how many bytes of memory are free; two gigabytes where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return 2 << 30


class Plain(Found):
    """The search in plain Python."""

    def __init__(self, form: Finite, places: Layout, limit: int, rules: Sequence[Node]) -> None:
        super().__init__(form, places)
        self.steps, self.violated = plain(form.steps, places), referee(rules, places)
        self.shown, self.broken = [], [-1] * len(rules)
        self.limit = limit
        first = places.packed(form.start)
        self.every: list[Words] = [first]
        self.number: dict[Words, int] = {first: 0}
        self.known: set[tuple[Words, Words]] = set()

    def words(self, number: int) -> Words:
        return self.every[number]

    def run(self) -> Iterator[tuple[int, int]]:
        """Expand level after level; yield the depth and the count of states now and then."""
        each = 120 + 32 * self.places.words  # bytes a state of tuples, a list and a dict, measured
        while self.levels[-2] < self.levels[-1]:
            for number in range(*self.levels[-2:]):
                self._expand(number)
                if number % 1024 == 0:
                    yield self.depth, len(self.every)
                    if len(self.every) * each > self.limit:
                        self.stopped = "out of memory"
                        self.interrupted()
                        return
            self.levels.append(len(self.every))
        self.levels.pop()

    def interrupted(self) -> None:
        """Close the level that was being expanded."""
        self.levels.append(len(self.every))

    def successors(self, number: int) -> tuple[list[tuple[int, Words]], bool]:
        """Return every step from a state with the words after it, and whether some step is at its cap."""
        found, capped, words = [], False, self.every[number]
        for place, step in enumerate(self.steps):
            done, *after = step(*words)
            if done == 1:
                found.append((place, tuple(after)))
            elif done == 2:
                capped = True
        return found, capped

    def _expand(self, number: int) -> None:
        after, capped = self.successors(number)
        self.edges += len(after)
        self.capped += capped
        if not after and not capped:
            self.dead.append(number)
        public = self.places.published
        old = self.every[number][:public]
        for step, words in after:
            if words not in self.number:
                self.number[words] = len(self.every)
                self.every.append(words)
            if (new := words[:public]) != old and (old, new) not in self.known:
                self.known.add((old, new))
                self.violated(len(self.shown), self.broken, *old, *new)
                self.shown.append(Shown(old, new, number, step))

    def before(self, number: int) -> tuple[int, int]:
        at = self.level(number)
        for earlier in range(self.levels[at - 1], self.levels[at]):
            for step, words in self.successors(earlier)[0]:
                if words == self.every[number]:
                    return earlier, step
        raise AssertionError("a state without a way to it")

    def unreaching(self, goal: Callable[[int], bool]) -> list[int]:
        sources: dict[int, list[int]] = {}
        good = set()
        for number in range(self.states):
            after, capped = self.successors(number)
            if capped or goal(number):
                good.add(number)
            for _, words in after:
                sources.setdefault(self.number[words], []).append(number)
        todo = list(good)
        while todo:
            for source in sources.get(todo.pop(), ()):
                if source not in good:
                    good.add(source)
                    todo.append(source)
        return [number for number in range(self.states) if number not in good]
