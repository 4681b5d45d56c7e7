"""The expression language of the law: a small typed subset of Python, parsed once through a whitelist.

An expression is kept as the standard library's ``ast`` tree. `parse` admits only the node types below, `expand`
inlines macros, and `podlaw.types` infers types; nothing that has not passed all three is ever rendered or run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

LONGEST: Final = 2_000  # characters of one expression; the law's longest has fewer than 400
QUANTIFIERS: Final = frozenset({"any", "all", "first", "last", "sum"})

NODES: Final = (
    ast.Name, ast.Attribute, ast.Constant, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.IfExp, ast.Call, ast.BinOp,
    ast.GeneratorExp, ast.comprehension, ast.Tuple, ast.JoinedStr, ast.FormattedValue,
    ast.Load, ast.Store, ast.And, ast.Or, ast.Not, ast.Add,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn,
)  # fmt: skip


class ExpressionError(ValueError):
    """An expression is not in the language; the law adds file and line."""


class Macro(msgspec.Struct, frozen=True):
    """A named expression with parameters, replaced by its body before types are inferred."""

    parameters: tuple[str, ...]
    body: ast.expr


def parse(text: str) -> ast.expr:
    """Return the tree of one expression; raise ExpressionError for anything outside the whitelist."""
    if len(text) > LONGEST:
        raise ExpressionError(f"the expression has {len(text)} characters; the limit is {LONGEST}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"'{text}' is not an expression: {error}") from None
    for node in ast.walk(tree):
        _admit(node)
    return rewrite(tree, _value)


def _admit(node: ast.AST) -> None:
    if not isinstance(node, NODES):
        raise ExpressionError(f"{type(node).__name__} is not part of the language; spec/README.md lists what is")
    if isinstance(node, ast.Constant) and not isinstance(node.value, str | int | bool):
        raise ExpressionError(f"{node.value!r} is not a constant of the language; write a text, a whole number or none")
    if isinstance(node, ast.Attribute | ast.Name) and (getattr(node, "attr", "") or getattr(node, "id", "")).startswith("_"):
        raise ExpressionError(f"'{ast.unparse(node)}' begins with an underscore; names of the law do not")
    if isinstance(node, ast.Call) and (not isinstance(node.func, ast.Name) or node.keywords):
        raise ExpressionError(f"'{ast.unparse(node)}' must call a plain name with positional arguments")
    if isinstance(node, ast.GeneratorExp) and (len(node.generators) != 1 or not isinstance(node.generators[0].target, ast.Name)):
        raise ExpressionError(f"'{ast.unparse(node)}' must range over one list with one name")


VALUES: Final = {"none": None, "true": True, "false": False}


def _value(node: ast.AST) -> ast.AST:
    """`none`, `true` and `false` are values of the language, not names."""
    return ast.Constant(VALUES[node.id]) if isinstance(node, ast.Name) and node.id in VALUES else node


def expand(tree: ast.expr, macros: Mapping[str, Macro]) -> ast.expr:
    """Return ``tree`` with every call of a macro replaced by its body; macros may use macros declared before them."""
    return rewrite(tree, lambda node: _called(node, macros))


def _called(node: ast.AST, macros: Mapping[str, Macro]) -> ast.AST:
    macro = macros.get(node.func.id) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
    if macro is None:
        return node
    assert isinstance(node, ast.Call)
    if len(node.args) != len(macro.parameters):
        raise ExpressionError(f"{ast.unparse(node.func)} takes {len(macro.parameters)} arguments, '{ast.unparse(node)}' gives {len(node.args)}")
    return substitute(macro.body, dict(zip(macro.parameters, node.args, strict=True)))


def substitute(tree: ast.expr, values: Mapping[str, ast.expr]) -> ast.expr:
    """Return a copy of ``tree`` with free names replaced; raise ExpressionError where a bound name would capture one."""
    bound = {g.target.id for n in ast.walk(tree) if isinstance(n, ast.GeneratorExp) for g in n.generators if isinstance(g.target, ast.Name)}
    for value in values.values():
        if caught := bound & names(value):
            raise ExpressionError(f"the name '{min(caught)}' is bound inside the macro and used in its argument; rename one")
    return rewrite(tree, lambda n: values[n.id] if isinstance(n, ast.Name) and n.id in values else n)


def rewrite(tree: ast.expr, change: Callable[[ast.AST], ast.AST]) -> ast.expr:
    """Return ``tree`` with ``change`` applied to every node, children first; what does not change is shared, never altered."""
    done = _rewritten(tree, change)
    assert isinstance(done, ast.expr)
    return done


def _rewritten(node: ast.AST, change: Callable[[ast.AST], ast.AST]) -> ast.AST:
    fields, same = {}, True
    for name in node._fields:
        old = getattr(node, name, None)
        new: object = old
        if isinstance(old, ast.AST):
            new = _rewritten(old, change)
        elif isinstance(old, list):
            new = [_rewritten(item, change) for item in old]
            new = old if all(a is b for a, b in zip(old, new, strict=True)) else new
        fields[name] = new
        same = same and new is old
    return change(node if same else type(node)(**fields))


def names(tree: ast.AST) -> set[str]:
    """Return every name that ``tree`` mentions, functions included."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def calls(tree: ast.AST) -> set[str]:
    """Return the names of the functions that ``tree`` calls."""
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def conjuncts(tree: ast.expr) -> list[ast.expr]:
    """Return the parts of a conjunction, or the expression itself."""
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [part for value in tree.values for part in conjuncts(value)]
    return [tree]
