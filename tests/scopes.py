"""The scopes of the law and what a search of each found, made once for all tests."""

import shutil
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from podlaw.explore.compile import plain
from podlaw.explore.live import Live, State, facts
from podlaw.explore.prepare import Ready, prepare
from podlaw.explore.search import Found, search
from podlaw.ground.nodes import Value
from podlaw.ground.scope import Values, scopes
from podlaw.law import SPEC, Law

LAW = Law("1.36")
SCOPES = scopes(LAW)
SMALL = [name for name, one in SCOPES.items() if one.spec.size == "small"]

Words = tuple[int, ...]
Edge = tuple[str, str, tuple[tuple[str, object], ...], Words]
Graph = dict[Words, set[Edge]]
LiveStep = tuple[str, str, Values, State]


@cache
def ready(name: str) -> Ready:
    return prepare(LAW, SCOPES[name])


@cache
def found(name: str) -> Found:
    one = ready(name)
    return search(one.form, one.places, compiled=False)


def ground_edges(one: Ready) -> Callable[[Words], set[Edge]]:
    """Return a function that gives every edge of the ground form from a state: pod, event, parameters and the state after it."""
    steps = [(s.pod, s.event, shown(s.values), made) for s, made in zip(one.form.steps, plain(one.form.steps, one.places), strict=True)]

    def edges(words: Words) -> set[Edge]:
        done = ((pod, event, values, step(*words)) for pod, event, values, step in steps)
        return {(pod, event, values, tuple(after)) for pod, event, values, (can, *after) in done if can == 1}

    return edges


def live_edges(steps: Iterable[LiveStep], words: Callable[[State], Words]) -> set[Edge]:
    """Return steps of the live machines as such edges."""
    return {(pod, event, shown(values), words(after)) for pod, event, values, after in steps}


def live_words(one: Ready, read: Callable[[State], dict[str, Value]]) -> Callable[[State], Words]:
    """Return a function that packs live pods, read as variables of the ground form, into words; none where it does not know a value."""

    @cache
    def words(state: State) -> Words:
        try:
            return one.places.packed(read(state))
        except KeyError:
            return ()

    return words


def ground_graph(name: str) -> Graph:
    """Return every edge of the ground form by the state before it."""
    edges, every = ground_edges(ready(name)), found(name)
    return {words: edges(words) for words in map(every.words, range(every.states))}


def live_graph(name: str, live: Live) -> Graph:
    """Return every edge of the live machines likewise."""
    one = ready(name)
    words = live_words(one, facts(one.form.start, live.subjects))
    graph: Graph = {}
    seen, todo = {live.start()}, [live.start()]
    while todo:
        state = todo.pop()
        steps = list(live.steps(state))
        graph.setdefault(words(state), set()).update(live_edges(steps, words))
        new = {after: None for *_, after in steps if after not in seen}
        seen.update(new)
        todo.extend(new)
    return graph


def shown(values: dict[str, object]) -> tuple[tuple[str, object], ...]:
    return tuple(sorted((k, tuple(v) if isinstance(v, list) else v) for k, v in values.items() if k not in ("node", "ip", "id")))


def changed_law(directory: Path, file: str, old: str, new: str) -> Law:
    """Return a law that differs from ours in one place."""
    spec = directory / "spec"
    shutil.copytree(SPEC, spec, ignore=shutil.ignore_patterns("__pycache__"))
    text = (spec / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (spec / file).write_text(text.replace(old, new), encoding="utf-8")
    return Law("1.36", spec=spec)
