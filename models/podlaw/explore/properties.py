"""The named properties of the model, judged on every state and step of a search."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from podlaw.explore.compile import referee
from podlaw.explore.prepare import Ready
from podlaw.explore.search import Plain
from podlaw.ground.properties import Asked
from podlaw.properties import Key

MOST = 20_000  # states up to which every step is taken once more to judge it


class Judged(msgspec.Struct, frozen=True):
    """The properties that are violated, each with the first state, and step from it, that does; and the keys of those whose *if* held."""

    broken: tuple[tuple[Asked, int, int | None], ...]
    witnessed: frozenset[Key]


def judged(ready: Ready, found: Plain) -> Judged:
    """Judge every property on every state and step of a search."""
    every = [node for one in ready.properties for node in (one.violated, one.premise)]
    judge = referee(every, replace(ready.places, published=ready.places.words))
    at_first, later = [-1] * len(every), [-1] * len(every)
    start, steps = found.words(0), len(ready.form.steps)
    judge(0, at_first, *start, *start)
    for number in range(found.states):
        old = found.words(number)
        for step, new in found.successors(number)[0]:
            judge(number * steps + step, later, *old, *new)
    held = {one.property.key for one, begun, edge in zip(ready.properties, at_first[1::2], later[1::2], strict=True) if max(begun, edge) >= 0}
    return Judged(tuple(_broken(ready, at_first[::2], later[::2], steps)), frozenset(held))


def _broken(ready: Ready, at_first: list[int], later: list[int], steps: int) -> Iterator[tuple[Asked, int, int | None]]:
    for one, begun, edge in zip(ready.properties, at_first, later, strict=True):
        if begun >= 0:
            yield one, 0, None
        elif edge >= 0:
            yield one, edge // steps, edge % steps
