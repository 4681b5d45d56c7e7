"""What a violated rule speaks of: every field it mentions, with the values these had."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

from podlaw.derive import render
from podlaw.law import Law
from podlaw.rules import Rule
from podlaw.tables import inlined

Names = Mapping[str, Any]  # pod, old, c, b and event, as the rule saw them


def evidence(rule: Rule, law: Law, names: Names) -> dict[str, Any]:
    """Return the fields, and the results of derivations, that premise and conclusion mention; None stands for none."""
    lets = law.rules.lets[rule.file]
    return {key: value for tree in (rule.premise, rule.then) for key, value in _facts(inlined(tree, lets), law, names)}


def concluded(rule: Rule, law: Law, names: Names) -> str:
    """Return in words what the conclusion mentions: `restarts is 2 (before 3)`."""
    now: dict[str, str] = {}
    before: dict[str, str] = {}
    for key, value in _facts(rule.then, law, {**names, **_shared(rule, law, names)}):
        root, _, path = key.partition(".")
        words = "none" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
        (before if root in ("old", "b") and path else now)[path if path and root in names else key] = words
    both = [f"{path} is {words}" + (f" (before {before[path]})" if path in before else "") for path, words in now.items()]
    return ", ".join(both + [f"{path} was {words}" for path, words in before.items() if path not in now])


def _shared(rule: Rule, law: Law, names: Names) -> Names:
    """Return the values of the names that the rules of one file share."""
    lets = law.rules.lets[rule.file]
    return {name: _value(inlined(tree, lets), law, names) for name, tree in lets.items()}


def _facts(tree: ast.expr, law: Law, names: Names) -> Iterator[tuple[str, Any]]:
    """Yield what a tree mentions, children of a fact left out."""
    if isinstance(tree, ast.GeneratorExp):
        yield from _range(tree, law, names)
    elif isinstance(tree, ast.Attribute | ast.Name):
        yield from _plain(ast.unparse(tree), _value(tree, law, names))
    elif isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        if tree.func.id in law.tables:
            yield from _plain(ast.unparse(tree), _value(tree, law, names))
        else:
            yield from (fact for argument in tree.args for fact in _facts(argument, law, names))
    else:
        for child in ast.iter_child_nodes(tree):
            if isinstance(child, ast.expr):
                yield from _facts(child, law, names)


def _range(tree: ast.GeneratorExp, law: Law, names: Names) -> Iterator[tuple[str, Any]]:
    """Yield what a range mentions of each element, which its name or type tells apart."""
    loop = tree.generators[0]
    assert isinstance(loop.target, ast.Name)
    for element in _value(loop.iter, law, names) or ():
        label = getattr(element, "name", None) or getattr(element, "type", None)
        own = f"{ast.unparse(loop.iter)}[{label}]" if label else ast.unparse(loop.iter)
        inner = {**names, loop.target.id: element}
        for part in (*loop.ifs, tree.elt):
            for key, value in _facts(part, law, inner):
                yield key.replace(f"{loop.target.id}.", f"{own}.", 1) if key.startswith(f"{loop.target.id}.") else key, value


def _plain(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield a value that JSON has, or the fields of a decision; whole containers and lists of them are left out."""
    if isinstance(value, str | int | None):
        yield key, value
    elif isinstance(value, tuple) and hasattr(value, "_asdict"):
        yield key, value._asdict()
    elif isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        yield key, list(value)


def _value(tree: ast.expr, law: Law, names: Names) -> Any:
    try:
        return eval(_code(render(tree)), {**law.rules.space, **names})  # noqa: S307 - rendered from a checked tree
    except (AttributeError, TypeError):
        return ()  # a field of something that is none, behind a test that the rule made first


@lru_cache(maxsize=4096)
def _code(text: str) -> CodeType:
    return compile(text, "<evidence>", "eval")
