"""Find rows that can never fire, by enumerating the small domain of a table's atoms."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from itertools import product

from podlaw.derive import Line
from podlaw.tables import inlined

OTHER = "\0"  # stands for every value that no atom names
MOST = 1 << 14  # assignments tried; a row seen to fire before that ends the search for it


def shadowed(lets: Mapping[str, ast.expr], lines: Sequence[Line]) -> list[Line]:
    """Return the rows whose guard implies that an earlier row has fired.

    Atoms (comparisons, flags, quantifiers) are taken as independent, members of one enumeration as exclusive; so a
    row is reported only where no state at all can reach it. Tables with too many atoms are not judged.
    """
    guards = [None if line.when is None else inlined(line.when, lets) for line in lines]
    return [line for i, line in enumerate(lines) if _dead(guards[:i], guards[i])]


def _dead(before: Sequence[ast.expr | None], guard: ast.expr | None) -> bool:
    atoms: dict[str, set[str]] = {}
    for tree in (*before, guard):
        if tree is not None:
            _collect(tree, atoms)
    sizes = 1
    for members in atoms.values():
        sizes *= len(members) + 1
        if sizes > MOST:
            return False
    for values in product(*([*sorted(members), OTHER] for members in atoms.values())):
        world = dict(zip(atoms, values, strict=True))
        if (guard is None or _holds(guard, world)) and not any(tree is None or _holds(tree, world) for tree in before):
            return False
    return True


def _collect(tree: ast.expr, atoms: dict[str, set[str]]) -> None:
    match tree:
        case ast.BoolOp():
            for value in tree.values:
                _collect(value, atoms)
        case ast.UnaryOp():
            _collect(tree.operand, atoms)
        case ast.Constant():
            pass
        case _:
            subject, members = _atom(tree)
            atoms.setdefault(subject, set()).update(members)


def _atom(tree: ast.expr) -> tuple[str, tuple[str, ...]]:
    """Return what an atom is about, and the members for which it holds: `x == 'a'` is about x, and holds for a."""
    match tree:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=str(member))]):
            return ast.unparse(left), (member,)
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[ast.Tuple(elts=elements)]) if all(isinstance(e, ast.Constant) for e in elements):
            return ast.unparse(left), tuple(str(e.value) for e in elements if isinstance(e, ast.Constant))
        case _:
            return ast.unparse(tree), ("true",)


def _holds(tree: ast.expr, world: Mapping[str, str]) -> bool:
    match tree:
        case ast.BoolOp(op=ast.And()):
            return all(_holds(value, world) for value in tree.values)
        case ast.BoolOp():
            return any(_holds(value, world) for value in tree.values)
        case ast.UnaryOp():
            return not _holds(tree.operand, world)
        case ast.Constant():
            return bool(tree.value)
        case _:
            subject, members = _atom(tree)
            negative = isinstance(tree, ast.Compare) and isinstance(tree.ops[0], ast.NotEq | ast.NotIn)
            return (world[subject] in members) != negative
