"""The named properties of the model, judged on every state and step of a search."""

from __future__ import annotations

from msgspec.structs import replace

from podlaw.explore.compile import referee
from podlaw.explore.prepare import Ready
from podlaw.explore.search import Plain
from podlaw.ground.properties import Asked

MOST = 20_000  # states up to which every step is taken once more to judge it


def broken(ready: Ready, found: Plain) -> tuple[list[tuple[Asked, int, int | None]], set[str]]:
    """Return each property that is violated with the first state, and step from it, that does; and the names of those whose *if* held."""
    asked = ready.properties
    every = [node for one in asked for node in (one.violated, one.premise)]
    first = [-1] * len(every)
    judge = referee(every, replace(ready.places, published=ready.places.words))
    start, steps = found.words(0), len(ready.form.steps)
    judge(0, first, *start, *start)
    at_first = list(first)
    first = [-1] * len(every)
    for number in range(found.states):
        old = found.words(number)
        for step, new in found.successors(number)[0]:
            judge(number * steps + step, first, *old, *new)
    wrong: list[tuple[Asked, int, int | None]] = []
    for one, begun, edge in zip(asked, at_first[::2], first[::2], strict=True):
        if begun >= 0:
            wrong.append((one, 0, None))
        elif edge >= 0:
            wrong.append((one, edge // steps, edge % steps))
    held = {one.property.spec.property for one, a, b in zip(asked, at_first[1::2], first[1::2], strict=True) if a >= 0 or b >= 0}
    return wrong, held
