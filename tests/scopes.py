"""The scopes of the law and what a search of each found, made once for all tests."""

import shutil
from functools import cache
from pathlib import Path

from podlaw.explore.live import Live, facts
from podlaw.explore.prepare import Ready, prepare
from podlaw.explore.search import Found, search
from podlaw.ground.scope import scopes
from podlaw.law import SPEC, Law

LAW = Law("1.36")
SCOPES = scopes(LAW)
SMALL = [name for name, one in SCOPES.items() if one.spec.size == "small"]

Edge = tuple[str, str, tuple[tuple[str, object], ...], tuple[int, ...]]
Graph = dict[tuple[int, ...], set[Edge]]


@cache
def ready(name: str) -> Ready:
    return prepare(LAW, SCOPES[name])


@cache
def found(name: str) -> Found:
    one = ready(name)
    return search(one.form, one.places, compiled=False)


def ground_graph(name: str) -> Graph:
    """Return every edge of the ground form: pod, event, parameters and the state after it."""
    one, every = ready(name), found(name)
    graph: Graph = {}
    for number in range(every.states):
        after, _ = every.successors(number)
        steps = [(one.form.steps[i], words) for i, words in after]
        graph[every.words(number)] = {(s.pod, s.event, shown(s.values), words) for s, words in steps}
    return graph


def live_graph(name: str, live: Live) -> Graph:
    """Return every edge of the live machines, states read as the variables of the ground form."""
    one = ready(name)
    read, packed = facts(one.form.start, live.lives), one.places.packed
    graph: Graph = {}
    seen, todo = {live.start()}, [live.start()]
    while todo:
        state = todo.pop()
        edges = graph.setdefault(packed(read(state)), set())
        for pod, event, values, after in live.steps(state):
            edges.add((pod, event, shown(values), packed(read(after))))
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return graph


def shown(values: dict[str, object]) -> tuple[tuple[str, object], ...]:
    return tuple(sorted((k, v) for k, v in values.items() if k not in ("node", "ip", "id")))


def changed_law(directory: Path, file: str, old: str, new: str) -> Law:
    """Return a law that differs from ours in one place."""
    spec = directory / "spec"
    shutil.copytree(SPEC, spec, ignore=shutil.ignore_patterns("__pycache__"))
    text = (spec / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (spec / file).write_text(text.replace(old, new), encoding="utf-8")
    return Law("1.36", spec=spec)
