"""A shortest example of every move of the observed graphs that some scope can show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from podlaw.errors import InputError
from podlaw.examples import Example
from podlaw.explore.judge import moved
from podlaw.explore.prepare import Ready, prepare
from podlaw.explore.search import Found, Shown, search
from podlaw.explore.trace import Walker, published
from podlaw.graphs import Move, key, moves
from podlaw.ground.scope import CHOSEN, scopes
from podlaw.ground.steps import Step
from podlaw.law import Law

Explorer = Callable[[str], tuple[Ready, Found]]  # of a scope by its name


class Nearest(msgspec.Struct, frozen=True):
    """Where a move is seen first: after how many events, in which scope, and the step; none where the creation shows it."""

    length: int
    scope: str
    step: Shown | None


def witnesses(law: Law, explored: Explorer | None = None) -> list[Example]:
    """Return the shortest example of every move that scopes show, in the order of the law; of equals that of the simplest scope.

    ``explored`` searches a scope.
    """
    explored = explored or explorer(law)
    spaces = {name: explored(name) for name in explorable(law)}
    first = nearest((name, *spaces[name]) for name in simplest(spaces))
    return [example(move, first[move], *spaces[first[move].scope]) for move in moves(law.graphs) if move in first]


def simplest(spaces: Mapping[str, tuple[Ready, Found]]) -> list[str]:
    """Return the names of scopes, those of the fewest pods first, and of these those of the fewest states."""
    return sorted(spaces, key=lambda name: (len(spaces[name][0].placed.spec.pods), spaces[name][1].states))


def explorable(law: Law) -> list[str]:
    """Return the scopes that are explored for examples: all but the large ones."""
    return [name for name, one in scopes(law).items() if one.spec.size != "large"]


def explorer(law: Law) -> Explorer:
    """Return what searches the scopes of a law."""
    placed = scopes(law)

    def explored(name: str) -> tuple[Ready, Found]:
        one = prepare(law, placed[name])
        return one, search(one.form, one.places, compiled=False)

    return explored


def nearest(spaces: Iterable[tuple[str, Ready, Found]]) -> dict[Move, Nearest]:
    """Return where each move is seen after the fewest events; of equals, in the first of some scopes."""
    first: dict[Move, Nearest] = {}
    for scope, ready, found in spaces:
        for move, step in moved(ready, found)[0].items():
            length = 0 if step is None else found.level(step.state) + 1
            if move not in first or length < first[move].length:
                first[move] = Nearest(length, scope, step)
    return first


def example(move: Move, at: Nearest, ready: Ready, found: Found) -> Example:
    """Return the history that ends where a move is seen, in words."""
    walker = Walker(ready)
    path = "" if at.step is None else walker.shortest(found, at.step.state, at.step.step)
    moments = walker.walk(path)
    events = [words(moment.step, ready.law) for moment in moments if moment.step is not None]
    before = "" if at.step is None else published(moments[-2].pods, ready.law)
    graph, source, target, name = move
    shown = {"before": before, "after": published(moments[-1].pods, ready.law)}
    return Example(graph=graph, source=source, target=target, move=name, scope=at.scope, path=path, events=events, **shown)


def holds(one: Example, ready: Ready) -> bool:
    """Return whether an example's path still takes its events, and ends with its move."""
    try:
        moments = Walker(ready).walk(one.path)
    except InputError:
        return False
    last = moments[-2].pods if one.events else {}
    steps = [step for pod, after in moments[-1].pods.items() for step in ready.law.graphs[one.graph].steps(last.get(pod), after)]
    taken = {key(one.graph, e) for _, edges in steps for e in edges}
    return one.key in taken and one.events == [words(m.step, ready.law) for m in moments if m.step is not None]


def words(step: Step, law: Law) -> str:
    """Return a step as `runtime: exit app, code 1, reason Error`."""
    by, name = law.whole.program.events[step.event].spec.by, step.event.replace("_", " ")
    container = f" {step.values['container']}" if "container" in step.values else ""
    given = [f"{k} {str(v).lower() if isinstance(v, bool) else v}" for k, v in step.values.items() if k not in (*CHOSEN, "id", "container")]
    return ", ".join([f"{by}: {name}{container}", *given])
