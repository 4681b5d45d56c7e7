"""Render typed expressions and whole tables to flat Python functions, one function per derivation.

A closure per row is several times too slow; a generated function with plain loops decodes and judges tens of
thousands of pods a second. Only trees that passed `podlaw.expr.parse` and `podlaw.types.check` are rendered.
"""

from __future__ import annotations

import ast
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from podlaw.expr import rewrite


class Line(msgspec.Struct, frozen=True):
    """One row of a selected table: a guard (None: always), the named outputs, and where it stands."""

    row: str
    when: ast.expr | None
    then: dict[str, ast.expr]
    rules: tuple[str, ...]
    says: str
    where: str


def render(tree: ast.expr) -> str:
    """Return Python source of one expression; instants are seconds."""
    return ast.unparse(rewrite(tree, _python))


def _python(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.Compare) and isinstance(node.comparators[0], ast.Constant) and node.comparators[0].value is None:
        return ast.Compare(node.left, [ast.Is() if isinstance(node.ops[0], ast.Eq) else ast.IsNot()], node.comparators)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        name = node.func.id
        if name == "first":
            return ast.Call(ast.Name("next"), [node.args[0], ast.Constant(None)], [])
        if name == "last":
            return ast.Call(ast.Name("_last"), node.args, [])
    return node


def statements(name: str, tree: ast.expr) -> list[str]:
    """Return the statements that bind ``name`` to a quantifier as a plain loop, or to any other expression."""
    match tree:
        case ast.Call(func=ast.Name(id=("any" | "all" | "first" | "sum") as kind), args=[ast.GeneratorExp(elt=element, generators=[loop])]):
            return _loop(kind, name, element, loop)
        case _:
            return [f"{name} = {render(tree)}"]


def _loop(kind: str, name: str, element: ast.expr, loop: ast.comprehension) -> list[str]:
    start = {"any": "False", "all": "True", "first": "None", "sum": "0"}[kind]
    test = " and ".join(f"({render(t)})" for t in loop.ifs)
    head = [f"{name} = {start}", f"for {render(loop.target)} in {render(loop.iter)}:"]
    if kind == "sum":
        add = f"{name} += {render(element)}"
        return [*head, f"    if {test}: {add}" if test else f"    {add}"]
    if kind == "first":
        found = f"    {name} = {render(element)}; break"
        return [*head, f"    if {test}:", "    " + found] if test else [*head, found]
    holds = render(element) if kind == "any" else f"not ({render(element)})"
    flip = "True" if kind == "any" else "False"
    return [*head, f"    if {f'{test} and ' if test else ''}({holds}): {name} = {flip}; break"]


def function(name: str, parameters: Sequence[str], record: str, lets: Mapping[str, ast.expr], lines: Sequence[Line]) -> str:
    """Return the source of one table: lets are bound just before the first row that uses them; ``record`` names a result of several fields."""
    source = [f"def {name}({', '.join(parameters)}):"]
    bound: set[str] = set()
    for line in lines:
        for need in used([tree for tree in (line.when, *line.then.values()) if tree is not None], lets):
            if need not in bound:
                bound.add(need)
                source += ["    " + text for text in statements(need, lets[need])]
        result = _result(record, line)
        source.append(f"    return {result}" if line.when is None else f"    if {render(line.when)}: return {result}")
        if line.when is None:
            break
    return "\n".join(source)


def decider(name: str, parameters: Sequence[str], lets: Mapping[str, ast.expr], lines: Sequence[Line]) -> str:
    """Return source of the function that tells which row decides: the same rows, each with its number as result."""
    numbered = [replace(line, then={"value": ast.Constant(number)}) for number, line in enumerate(lines)]
    return function(name, parameters, "", lets, numbered)


def used(trees: Sequence[ast.expr], lets: Mapping[str, ast.expr]) -> list[str]:
    """Return the lets that ``trees`` use, directly or through other lets, in order of declaration."""
    todo = list(trees)
    found: set[str] = set()
    while todo:
        tree = todo.pop()
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in lets and node.id not in found:
                found.add(node.id)
                todo.append(lets[node.id])
    return [name for name in lets if name in found]


def _result(record: str, line: Line) -> str:
    values = [render(tree) for tree in line.then.values()]
    return values[0] if list(line.then) == ["value"] else f"{record}({', '.join(values)})"


def records(fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return a constructor of tuples with named fields for each record that a derivation returns."""
    return {name: namedtuple(name, names) for name, names in fields.items()}


def compiled(source: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Run generated definitions and return their namespace."""
    space: dict[str, Any] = {**BUILTINS, **namespace}
    exec(compile(source, "<law>", "exec"), space)  # noqa: S102 - the text is rendered from checked trees only
    return space


def value(tree: ast.expr, parameters: Sequence[str], namespace: Mapping[str, Any]) -> Callable[..., Any]:
    """Return one expression as a Python function of ``parameters``."""
    result: Callable[..., Any] = compiled(f"def value({', '.join(parameters)}):\n    return {render(tree)}", namespace)["value"]
    return result


def _last(items: Any) -> Any:
    found = None
    for item in items:
        found = item
    return found


Instant = float | str | None  # seconds, or as published


def _seconds(instant: float | str) -> float:
    return datetime.fromisoformat(instant).timestamp() if isinstance(instant, str) else instant


def _elapsed(since: Instant, until: Instant, delay: float) -> bool:
    return since is not None and until is not None and _seconds(until) - _seconds(since) >= delay


def _exceeds(since: Instant, until: Instant, delay: float) -> bool:
    return since is not None and until is not None and _seconds(until) - _seconds(since) > delay


LAST: Final = 253_402_300_799  # seconds, Unix time: the last instant of the year 9999, since no later one can be written


def _stamp(instant: float | None) -> str | None:
    return None if instant is None else datetime.fromtimestamp(min(int(instant), LAST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


BUILTINS: Mapping[str, Any] = {"_last": _last, "elapsed": _elapsed, "exceeds": _exceeds, "stamp": _stamp}


