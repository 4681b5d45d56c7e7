"""Named rules over published pods: loaded with the law, selected for one version, rendered to two flat functions.

A rule is `always` (one snapshot) or `step` (a snapshot and the one before it), written if/then. In its expressions
`pod` is the snapshot, `old` the one before it, `c` a container of the list that `each` names, `b` the container of
the same name in `old`, `event` the type of the watch event, and `once(p)` whether p held now or ever before.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from podlaw import derive, schema
from podlaw.expr import calls, conjuncts, rewrite
from podlaw.parts import entries, part, without
from podlaw.snapshot import Container, Snapshot
from podlaw.source import Source, load
from podlaw.tables import Bindings, Let, bindings, chosen, expression, inferred, inlined, served
from podlaw.types import BOOL, TEXT, Scope, Type
from podlaw.versions import Selection

NOBODY = Container("")  # stands for the container of a snapshot that has none of that name
POD = Type("Pod")


class Rule(msgspec.Struct, frozen=True):
    """One checked rule; the premise of its file stands apart, since its rules share it."""

    spec: schema.Property
    file: int
    premise: ast.expr
    then: ast.expr
    each: ast.expr | None
    where: str
    answer: dict[str, ast.expr] = {}  # field, value and detail of what the API server answers to a request that would break it

    @property
    def strength(self) -> schema.Strength:
        """Return what the rule is worth for display."""
        return strength(self.spec)


def strength(spec: schema.Property) -> schema.Strength:
    """Return what a rule is worth for display: a contract of the API server, a kubelet's behaviour, or less."""
    if spec.promise == "quirk" or spec.by not in ("apiserver", "kubelet"):
        return "soft"
    return "hard" if spec.by == "apiserver" else "kubelet"


class File(msgspec.Struct, frozen=True):
    """What the rules of one file share; `spec` has it as written."""

    premise: ast.expr
    lets: dict[str, Let]
    spec: schema.Rules


class Rulebook(msgspec.Struct, frozen=True):
    """The rules of all versions, checked."""

    files: tuple[File, ...]
    rules: tuple[Rule, ...]


def rulebook(directory: Path, scope: Scope, shared: Collection[str]) -> Rulebook:
    """Load and check spec/rules; raise LawError naming file and line. Names of the first file hold in all others.

    ``shared`` names the tables that both components run: a rule that the API server keeps asks its version of them.
    """
    base = scope.bind(pod=POD, event=Type("Type"))
    files: list[File] = []
    rules: list[Rule] = []
    common = Bindings({}, {}, base)
    for source in map(load, sorted((directory / "rules").glob("*.yaml"))):
        content = source.read(schema.Rules)
        own = bindings(source, content.let, common.scope, common.macros, "let")
        bound = Bindings(own.macros, {**common.lets, **own.lets}, own.scope)
        if not files:
            common = bound
        files.append(File(expression(source, content.premise, BOOL, bound, "if"), bound.lets, content))
        rules += [_rule(source, len(files) - 1, i, spec, bound, shared if spec.by == "apiserver" else ()) for i, spec in enumerate(content.rules)]
    return Rulebook(tuple(files), tuple(rules))


def _rule(source: Source, file: int, index: int, spec: schema.Property, bound: Bindings, shared: Collection[str]) -> Rule:
    at = ("rules", index)
    scope = bound.scope.bind(old=POD) if spec.kind == "step" else bound.scope
    inner, each = Bindings(bound.macros, bound.lets, scope), None
    if spec.each is not None:
        each = expression(source, spec.each, Type("Container", many=True), inner, *at, "each")
        more = {"b": Type("Container")} if spec.kind == "step" else {}
        inner = Bindings(bound.macros, bound.lets, scope.bind(c=Type("Container"), **more))
    premise = expression(source, spec.premise, BOOL, inner, *at, "if")
    then = expression(source, spec.then, BOOL, inner, *at, "then", test=premise)
    premise, then = served(premise, shared), served(then, shared)
    return Rule(spec, file, premise, then, each, source.where(*at), {} if spec.refused is None else _answer(source, spec.refused, inner, *at, "refused"))


def _answer(source: Source, spec: schema.Answer, bound: Bindings, *at: str | int) -> dict[str, ast.expr]:
    """Return the parts of an answer that are computed."""
    texts = {"field": spec.field, "detail": spec.detail}
    parts = {name: expression(source, "f" + repr(text), TEXT, bound, *at, name) for name, text in texts.items()}
    return parts if spec.value is None else {**parts, "value": inferred(source, spec.value, bound, *at, "value")}


class Selected(msgspec.Struct, frozen=True):
    """The rules of one version and the two functions that judge by them.

    Both append ``(rule, container or None, its predecessor or None)`` to a list for every rule that is violated.
    """

    rules: tuple[Rule, ...]
    lets: tuple[dict[str, ast.expr], ...]
    space: Mapping[str, Any]
    always: Callable[[Snapshot, str, set[object], list[Any]], None]
    step: Callable[[Snapshot, str, Snapshot, bool, list[Any]], None]


def select(book: Rulebook, selection: Selection, functions: Mapping[str, Any], requests: bool = False) -> Selected:
    """Return the rules of one version that judge histories, or those that judge requests; ``functions`` are its derivations and constants."""
    lets = tuple({n: t for n, let in f.lets.items() if (t := chosen(let, selection, "kubelet")) is not None} for f in book.files)
    wanted = [r for r in book.rules if (r.spec.refused is not None if requests else r.spec.seen != "request")]
    rules = tuple(rule for rule in wanted if selection.applies(rule.spec, rule.spec.by))
    writer = _Writer(book.files, lets, rules)
    space = derive.compiled(writer.text(), {**functions, **BUILTINS})
    return Selected(rules, lets, space, space["always"], space["step"])


class _Writer:
    """Writes the two functions: one block a file, one loop for all rules over the same containers."""

    def __init__(self, files: Sequence[File], lets: Sequence[Mapping[str, ast.expr]], rules: Sequence[Rule]) -> None:
        self.files, self.lets, self.rules = files, lets, rules
        self.past: list[str] = []

    def text(self) -> str:
        always = self._body("always")
        step = self._body("step")
        return "\n".join(["def always(pod, event, past, out):", *self.past, *always, "def step(pod, event, old, adjacent, out):", *step])

    def _body(self, kind: str) -> list[str]:
        lines = ["    pass"]
        for index, file in enumerate(self.files):
            chosen_ = [(i, r) for i, r in enumerate(self.rules) if r.file == index and r.spec.kind == kind]
            if chosen_:
                lines.append(f"    if {derive.render(inlined(file.premise, self.lets[index]))}:")
                lines += ["        " + line for line in self._file(index, kind, chosen_)]
        return lines

    def _file(self, index: int, kind: str, rules: list[tuple[int, Rule]]) -> Iterator[str]:
        lets = self.lets[index]
        trees = [tree for _, rule in rules for tree in (rule.premise, rule.then, rule.each) if tree is not None]
        for name in derive.used(trees, lets):
            yield from derive.statements(name, lets[name])
        groups: dict[str, list[tuple[int, Rule]]] = defaultdict(list)
        for number, rule in rules:
            groups["" if rule.each is None else derive.render(rule.each)].append((number, rule))
        for each, group in groups.items():
            if each and kind == "step":
                yield f"for c, b in pairs({each}, old):"
            elif each:
                yield f"for c in {each}:"
            for number, rule in group:
                yield ("    " if each else "") + self._test(number, rule)

    def _test(self, number: int, rule: Rule) -> str:
        adjacent = "adjacent and " if rule.spec.seen == "adjacent" else ""
        premise = " and ".join(f"({self._render(part)})" for part in conjuncts(rule.premise) if not _true(part))
        test = adjacent + (premise + " and " if premise else "") + f"not ({self._render(rule.then)})"
        who = "None, None" if rule.each is None else "c, b" if rule.spec.kind == "step" else "c, None"
        return f"if {test}: out.append(({number}, {who}))"

    def _render(self, tree: ast.expr) -> str:
        return derive.render(rewrite(tree, self._memory)) if "once" in calls(tree) else derive.render(tree)

    def _memory(self, node: ast.AST) -> ast.AST:
        """Turn `once(p)` into a look-up; p itself is noted at every snapshot, before any rule is judged."""
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "once"):
            return node
        text = derive.render(node.args[0])
        own = "c" in {n.id for n in ast.walk(node.args[0]) if isinstance(n, ast.Name)}
        key = f"({text!r}, c.section, c.name)" if own else repr(text)
        self.past += ["    for c in pod.all:"] * own + ["    " + "    " * own + f"if {text}: past.add({key})"]
        return ast.Compare(ast.parse(key, mode="eval").body, [ast.In()], [ast.Name("past")])


def _true(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Constant) and tree.value is True


def pairs(containers: Iterable[Container], old: Snapshot) -> Iterator[tuple[Container, Container]]:
    """Yield each container with that of the same name in the old snapshot, or with one that is absent."""
    before = old.all
    for place, one in enumerate(containers):
        if place < len(before) and before[place].name == one.name and before[place].section == one.section:
            yield one, before[place]
        else:
            yield one, next((b for b in before if b.name == one.name and b.section == one.section), NOBODY)


def _seconds(instant: str) -> float:
    """Return an instant of RFC 3339 in seconds; raise ValueError for anything else."""
    return datetime.fromisoformat(instant).timestamp()


def elapsed(since: str | None, until: str | None, delay: float) -> bool:
    """Return whether ``delay`` seconds lie between two published instants; false where one is missing or unreadable."""
    if since is None or until is None:
        return False
    try:
        return _seconds(until) - _seconds(since) >= delay
    except (ValueError, TypeError):
        return False


BUILTINS: Mapping[str, Any] = {
    "pairs": pairs,
    "elapsed": elapsed,
    "without": lambda pod, paths: without(pod.spec, paths),
    "part": lambda pod, names: part(pod.spec, names),
    "entries": lambda pod, name: entries(pod.spec, name),
}
