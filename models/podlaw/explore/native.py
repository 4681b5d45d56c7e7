"""The breadth-first search in arrays, compiled by numba: a state is one number, for what its parts are is stored once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

import msgspec

from podlaw.explore.compile import learner, native
from podlaw.explore.layout import Layout
from podlaw.explore.search import BATCH, Found, Shown, Words
from podlaw.ground.domains import Finite
from podlaw.ground.nodes import Node

EACH: Final = 104  # bytes a state of the table, where it has just grown, and of what else there is one of for each state
GROUP: Final = 256  # states whose successors are looked up together, so that the memory is asked for all of them at once
BITS: Final = 62  # of the number of a state


class Tables(NamedTuple):
    """The arrays that `learning` tells of."""

    values: Any
    facts: Any
    moves: Any
    index: Any
    memo: Any
    pairs: Any
    masks: Any
    shifts: Any
    limits: Any
    counts: Any
    words: Any
    may: Any


class Native(Found):
    """The search in arrays, compiled."""

    def __init__(self, form: Finite, places: Layout, limit: int, rules: Sequence[Node]) -> None:
        import numpy as np  # noqa: PLC0415 - numba brings it; without numba nobody comes here

        super().__init__(form, places)
        self.np: Any = np
        self.limit, self.rules = limit, rules
        self.rows = max(limit // EACH, 2 * (GROUP * len(form.steps) + 1))
        self.array = np.empty(self.rows, np.int64)  # memory that the system gives when it is written to
        self.ends = np.empty(self.rows, np.int64)
        self._begin(places)

    def _begin(self, places: Layout) -> None:
        """Begin with the parts of a layout."""
        np = self.np
        self.kernel: Any = native(self.form, places, self.rules)
        while sum(least := self._least()) > BITS:
            places = coarser(places)
            self.kernel = native(self.form, places, self.rules)
        self.places = places
        self.levels = [0, 1]
        self.asleep = np.empty((self.rows, self.kernel.MARKS), np.int64)
        self.array[0], self.asleep[0] = 0, 0
        self.out, self.acts = (np.zeros(GROUP * len(self.form.steps) + 1, np.int64) for _ in range(2))
        self.rest, self.stops = np.zeros((self.out.shape[0], self.kernel.MARKS), np.int64), np.zeros(GROUP, np.int64)
        self.marks = np.full(len(self.rules) + 1, -1, np.int64)
        self.tallies = np.zeros(2, np.int64)
        self.count, self.dying = 1, 0
        self._fill(1 << 20)  # with the first state: every part's first values
        self.t = self._tables(places.packed(self.form.start), least)
        self.learn: Any = learner(self.kernel, self.t)

    def _least(self) -> list[int]:
        """Return how many bits each part has in a state at first."""
        return [max((2 * reach + 2).bit_length(), min(BITS // self.kernel.PARTS - 1, 12)) for reach in self.kernel.REACH[:-1]]

    def _tables(self, first: Words, bits: Sequence[int]) -> Tables:
        np, k = self.np, self.kernel
        values, facts, moves = (np.empty((k.PARTS, 1 << 15, n), kind) for n, kind in ((max(k.SIZE), np.int64), (k.FACTS, np.int64), (k.COLUMNS, np.int32)))
        masks = np.zeros((len(k.KINDS), max(k.SIZE)), np.int64)
        for row, (_, mask) in zip(masks, k.KINDS, strict=True):
            row[: len(mask)] = mask
        shifts, limits = np.zeros(k.PARTS, np.int64), np.zeros(k.PARTS, np.int64)
        counts, words, may = np.zeros(k.PARTS + 5, np.int64), np.zeros(k.WIDTH, np.int64), np.zeros((GROUP, k.MARKS), np.int64)
        memo, pairs = np.zeros((1 << 18, 2), np.int64), np.zeros((1 << 12, 2 * k.PUBLIC + 2), np.int64)
        t = Tables(values, facts, moves, np.zeros(1 << 17, np.int64), memo, pairs, masks, shifts, limits, counts, words, may)
        self._shift(t, bits)
        for part in range(k.PARTS):
            t.values[part, 0, : k.SIZE[part]] = first[k.FIRST[part] : k.FIRST[part + 1]]
            k.seated(part, part, 0, t)
            k.entered(part, 0, t)
        return t

    def _shift(self, t: Tables, bits: Sequence[int]) -> None:
        """Give each part so many bits, and the first part, which has most values, all that are left above them."""
        bits = [BITS - sum(bits[1:]), *bits[1:]]
        t.limits[:] = [1 << n for n in bits]
        t.shifts[:] = [sum(bits[part + 1 :]) for part in range(len(bits))]

    def words(self, number: int) -> Words:
        found: list[int] = []
        for part, (shift, limit) in enumerate(zip(self.t.shifts.tolist(), self.t.limits.tolist(), strict=True)):
            found += self.t.values[part, int(self.array[number]) >> shift & (limit - 1), : self.kernel.SIZE[part]].tolist()
        return tuple(found)

    def run(self) -> Iterator[tuple[int, int]]:
        """Expand level after level; yield the depth and the count of states now and then."""
        while self.levels[-2] < self.levels[-1]:
            first, last = self.levels[-2:]
            while first < last:
                if not self._room():
                    self.stopped = "out of memory"
                    self.interrupted()
                    return
                if self.count == 1:
                    first, last = 0, 1  # it may have begun again
                first, self.count, self.dying = self.kernel.expand(
                    first, min(last, first + BATCH), self.array, self.asleep, self.count, self.table, self.t, self.learn, self.ends, self.dying,
                    self.tallies, *self._buffers(),
                )  # fmt: skip
                yield self.depth, self.count
            self.levels.append(self.count)
        self.levels.pop()
        self._close()

    def interrupted(self) -> None:
        """Close the level that was being expanded."""
        self.levels.append(self.count)
        self._close()

    def _close(self) -> None:
        paired = int(self.t.counts[self.kernel.PAIRED])
        self.edges, self.capped = (int(n) for n in self.tallies)
        self.dead = [int(n) for n in self.ends[: self.dying]]
        self.kernel.violations(self.t.pairs, paired, self.marks)
        self.broken = [int(n) for n in self.marks[:-1]]

    @cached_property
    def shown(self) -> list[Shown]:  # type: ignore[override]
        """Return the steps between published words, in the order in which they were found."""
        public = self.places.published
        pairs = self.t.pairs[: self.t.counts[self.kernel.PAIRED]]
        before, after, state, step = (pairs[:, :public], pairs[:, public : 2 * public], pairs[:, 2 * public], pairs[:, 2 * public + 1])
        return list(map(Shown, map(tuple, before.tolist()), map(tuple, after.tolist()), state.tolist(), step.tolist()))

    def _room(self) -> bool:
        """Grow what could overflow in the next group; return False where that would take more memory than is allowed."""
        group = self.out.shape[0]
        if self.count + group > self.rows:
            return False
        if 2 * (self.count + group) > self.table.shape[0]:
            self._fill(4 * self.table.shape[0])
        if self.t.counts[self.kernel.SCARCE]:
            self._grow()
        if int(self.t.counts.max()) + self.kernel.ROOM > self.kernel.MANY:
            return False
        return EACH * self.count + sum(array.nbytes for array in self.t) < self.limit or self.count < BATCH

    def _fill(self, slots: int) -> None:
        self.table = self.np.zeros(slots, self.np.int64)
        self.kernel.filled(self.array, self.count, self.table)

    def _grow(self) -> None:
        """Make room in the tables of parts."""
        np, k, t = self.np, self.kernel, self.t
        counts = [int(n) for n in t.counts]
        most = [n + 2 * reach for n, reach in zip(counts, k.REACH[:-1], strict=False)]
        if max(most) >= t.values.shape[1]:
            t = t._replace(**{name: self._longer(getattr(t, name), counts) for name in ("values", "facts", "moves")})
        if counts[k.PAIRED] + k.ROOM > t.pairs.shape[0]:
            (pairs,) = self._longer(t.pairs[None], counts[k.PAIRED :])
            t = t._replace(pairs=pairs)
        if 3 * (counts[k.KNOWN] + k.ROOM) > 2 * t.memo.shape[0]:
            old, t = t.memo, t._replace(memo=np.zeros((2 * t.memo.shape[0], 2), np.int64))
            k.rememo(old, t.memo)
        if 2 * (counts[k.INDEXED] + k.ROOM) > t.index.shape[0]:
            old, t = t.index, t._replace(index=np.zeros(4 * t.index.shape[0], np.int64))
            k.reindex(old, t, np.array([part for part, _ in k.KINDS]))
        t.counts[k.SCARCE] = 0
        self.t = t
        self._rekey(t, most)

    def _longer(self, array: Any, used: Sequence[int]) -> Any:
        """Return an array whose parts have four times the rows, of which each part has used so many."""
        parts, rows, width = array.shape
        longer = self.np.empty((parts, 4 * rows, width), array.dtype)
        for part in range(parts):
            longer[part, : used[part]] = array[part, : used[part]]
        return longer

    def _rekey(self, t: Tables, most: Sequence[int]) -> None:
        """Give a part more bits in every state where it may soon have more values than that; some more, as it takes time."""
        shifts, limits = t.shifts.copy(), t.limits.copy()
        bits = [int(limit).bit_length() - 1 for limit in limits]
        bits[0] = most[0].bit_length()  # what it needs; it has all that the others leave
        for part, n in enumerate(most):
            if part and n >= limits[part]:
                bits[part] = max(n.bit_length(), min(n.bit_length() + 4, BITS - sum(bits) + bits[part]))
        if sum(bits) > BITS:
            self._begin(coarser(self.places))
            return
        self._shift(t, bits)
        if (limits != t.limits).any():
            states = self.array[: self.count].copy()
            self.array[: self.count] = sum((states >> s & (n - 1)) << to for s, n, to in zip(shifts, limits, t.shifts, strict=True))
            self._fill(self.table.shape[0])

    def before(self, number: int) -> tuple[int, int]:
        at = self.level(number)
        earlier, step = self.levels[at - 1], -1
        while step < 0:
            self._room()
            earlier, step = self.kernel.before(number, earlier, self.levels[at], self.array, self.asleep, self.t, self.learn, *self._buffers())
        return int(earlier), int(step)

    def _buffers(self) -> tuple[Any, Any, Any, Any]:
        """Return where the successors of a group of states are written to, what is asleep in them, by which steps, and up to where those of each."""
        return self.out, self.rest, self.acts, self.stops

    def unreaching(self, goal: Callable[[int], bool]) -> list[int]:
        good = self.np.fromiter((goal(n) for n in range(self.states)), self.np.int8, self.states)
        awake = self.np.zeros((self.states, self.kernel.MARKS), self.np.int64)
        numbers = self.np.empty(self.table.shape[0], self.np.int32)
        self.kernel.numbered(self.array, self.states, self.table, numbers)
        self.kernel.backward(self.array, awake, self.states, self.table, numbers, good, self.t, self.learn, *self._buffers())
        return [int(n) for n in self.np.flatnonzero(good == 0)]


def coarser(places: Layout) -> Layout:
    """Return a layout with the last two parts as one, for states whose parts have too many values to name each in one number."""
    return msgspec.structs.replace(places, parts=(*places.parts[:-2], places.parts[-1]))
