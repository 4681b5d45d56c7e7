"""The named properties of the model, judged on every state and step of a search."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from podlaw.explore.compile import referee
from podlaw.explore.prepare import Ready
from podlaw.explore.search import Plain
from podlaw.ground.properties import Asked

MOST = 20_000  # states up to which every step is taken once more to judge it


def broken(ready: Ready, found: Plain) -> Iterator[tuple[Asked, int, int | None]]:
    """Yield each property that is violated with the first state, and step from it, that does."""
    every = [one.violated for one in ready.properties]
    judge = referee(every, replace(ready.places, published=ready.places.words))
    at_first, later = [-1] * len(every), [-1] * len(every)
    start, steps = found.words(0), len(ready.form.steps)
    judge(0, at_first, *start, *start)
    for number in range(found.states):
        old = found.words(number)
        for step, new in found.successors(number)[0]:
            judge(number * steps + step, later, *old, *new)
    for one, begun, edge in zip(ready.properties, at_first, later, strict=True):
        if begun >= 0:
            yield one, 0, None
        elif edge >= 0:
            yield one, edge // steps, edge % steps
