"""The ground form and what it publishes, for other programs: JSON, Promela and DOT."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from podlaw.explore.layout import layout
from podlaw.explore.prepare import Ready
from podlaw.explore.promela import promela
from podlaw.explore.published import Published
from podlaw.explore.search import Found, Words
from podlaw.ground.nodes import Function, Node, nodes
from podlaw.ground.rules import judged


def as_json(ready: Ready) -> str:
    """Return the ground form as JSON.

    ``nodes`` lists every expression once, arguments before what uses them: `["const", value]`, `["var", name]`, or an
    operator (not, and, or, if, eq, lt, add) and the places of its arguments. Steps and rules name places in that list; a
    step sets all its `changes` at once, and `boundary` says where only a cap of the scope keeps it from happening.
    Variables of rules that begin with `old:` are those before a step.
    """
    rules, form = list(judged(ready.law, ready.placed, ready.form)), ready.form
    roots = [n for s in form.steps for n in (s.guard, s.boundary, *s.changes.values())] + [n for j in rules for n in (j.premise, j.violated)]
    place = {node: i for i, node in enumerate(nodes([*roots, ready.ends]))}
    s = ready.law.selection
    document = {
        "scope": ready.placed.spec.scope, "law": {"apiserver": s.apiserver, "kubelet": s.kubelet},
        "variables": [{"name": name, "start": form.start[name], "domain": list(domain)} for name, domain in form.domains.items()],
        "constants": form.constants,
        "nodes": [_listed(node, place) for node in place],
        "steps": [
            {"name": t.name, "event": t.event, "pod": t.pod, "values": t.values, "guard": place[t.guard], "boundary": place[t.boundary],
             "changes": {name: place[node] for name, node in t.changes.items()}}
            for t in form.steps
        ],
        "ends": place[ready.ends],
        "rules": [
            {"id": j.rule.spec.id, "kind": j.rule.spec.kind, "strength": j.rule.strength, "says": j.rule.spec.says, "pod": j.pod,
             "if": place[j.premise], "violated": place[j.violated]}
            for j in rules
        ],
    }  # fmt: skip
    return msgspec.json.encode(document).decode()


def as_promela(ready: Ready) -> str:
    """Return the ground form with all its rules as a Promela model for SPIN."""
    rules = list(judged(ready.law, ready.placed, ready.form))
    return promela(ready.form, layout(ready.form, [rule.violated for rule in rules]), rules)


def _listed(node: Node, place: dict[Node, int]) -> list[Any]:
    if node.op in ("const", "var"):
        return [node.op, node.value]
    assert not isinstance(node.value, Function)
    return [node.op, *(place[arg] for arg in node.args)]


def as_dot(ready: Ready, found: Found) -> str:
    """Return what a scope publishes as a graph in DOT: a node for every published state, an edge for every step between two."""
    published = Published(ready)
    lines = [f"digraph {json.dumps(ready.placed.spec.scope)} {{", '  node [shape=box, style=rounded, fontname="Helvetica"];']
    number: dict[Words, int] = {}
    for words in (found.words(0)[: ready.places.published], *(w for shown in found.shown for w in (shown.before, shown.after))):
        if words not in number:
            number[words] = len(number)
            label = "\n".join(_summary(ready, pod, s) for pod, s in published.pods(words).items())
            lines.append(f"  {number[words]} [label={json.dumps(label, ensure_ascii=False)}];")
    for shown in found.shown:
        name = json.dumps(ready.form.steps[shown.step].name, ensure_ascii=False)
        lines.append(f"  {number[shown.before]} -> {number[shown.after]} [label={name}];")
    return "\n".join([*lines, "}"])


def _summary(ready: Ready, name: str, pod: Any) -> str:
    columns = ready.law.columns(pod)
    states = ", ".join(f"{c.name} {c.state}" for c in pod.all)
    return f"{name + ': ' if name else ''}{pod.phase} {columns['ready']} {columns['status']} {columns['restarts']}\n{states}"
