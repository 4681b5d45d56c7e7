"""The expression language admits a small subset of Python and nothing else."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podlaw.expr import NODES, ExpressionError, Macro, calls, conjuncts, expand, names, parse, substitute


def text(tree: ast.expr) -> str:
    return ast.unparse(tree)


@pytest.mark.parametrize(
    "source",
    [
        "a", "a.b.c", "'x'", "7", "a == 'x'", "a != b", "a < 3", "a in ('x', 'y')", "a not in b.c", "a and (b or not c)", "x if a else y", "n + 1", "min(a, b)",
        "any((c.ready for c in pod.app))", "all((c.ready for c in pod.app if c.declared))", "f'{a}/{b}'", "elapsed(a, b, 10)",
    ],
)  # fmt: skip
def test_every_form_of_the_language_is_admitted_and_kept(source: str) -> None:
    assert text(parse(source)) == source


@pytest.mark.parametrize(("source", "value"), [("none", None), ("true", True), ("false", False)])
def test_the_values_of_the_language_are_values_and_not_names(source: str, value: object) -> None:
    tree = parse(source)
    assert isinstance(tree, ast.Constant)
    assert tree.value is value


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("lambda: 1", "Lambda"), ("a[0]", "Subscript"), ("[a]", "List"), ("{a: b}", "Dict"), ("(a := b)", "NamedExpr"), ("a - b", "Sub"), ("-a", "USub"),
        ("a is b", "Is"), ("[c for c in x]", "ListComp"), ("f(*a)", "Starred"), ("await a", "Await"), ("a @ b", "MatMult"), ("a ** b", "Pow"),
    ],
)  # fmt: skip
def test_other_forms_of_python_are_refused_by_name(source: str, part: str) -> None:
    with pytest.raises(ExpressionError, match=f"{part} is not part of the language; spec/README.md lists what is"):
        parse(source)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("1.5", "1.5 is not a constant of the language; write a text, a whole number or none"),
        ("None", "None is not a constant of the language"),
        ("...", "Ellipsis is not a constant of the language"),
        ("a.__class__", "'a.__class__' begins with an underscore; names of the law do not"),
        ("_a", "'_a' begins with an underscore"),
        ("a.b()", r"'a.b\(\)' must call a plain name with positional arguments"),
        ("f(a=1)", r"'f\(a=1\)' must call a plain name"),
        ("any(x for c in a for x in c)", "must range over one list with one name"),
        ("any(x for x, y in a)", "must range over one list with one name|Tuple"),
        ("a ==", "'a ==' is not an expression"),
        ("", "'' is not an expression"),
        ("a\0b", "is not an expression"),
        ("a" * 2001, "the expression has 2001 characters; the limit is 2000"),
        ("(" * 900 + ")" * 900, "is not an expression"),
    ],
)
def test_what_is_no_expression_is_refused_with_a_reason(source: str, sentence: str) -> None:
    with pytest.raises(ExpressionError, match=sentence):
        parse(source)


def admitted(source: str) -> list[type[ast.AST]]:
    """Return the kinds of node of an expression; none where it is refused."""
    try:
        return [type(node) for node in ast.walk(parse(source))]
    except ExpressionError:
        return []


@given(st.text(max_size=60) | st.sampled_from(["f(lambda: 1)", "a if b else [c]", "any(x[0] for x in y)"]))
def test_no_text_brings_more_into_the_language(source: str) -> None:
    assert set(admitted(source)) <= set(NODES)


def test_a_macro_is_replaced_by_its_body() -> None:
    macros = {"ended": Macro(("c",), parse("c.state == 'terminated' or c.last != 'none'"))}
    assert text(expand(parse("not ended(pod.first)"), macros)) == "not (pod.first.state == 'terminated' or pod.first.last != 'none')"


def test_a_macro_in_the_argument_of_a_macro_is_replaced_too() -> None:
    macros = {"flip": Macro(("x",), parse("not x"))}
    assert text(expand(parse("flip(flip(a))"), macros)) == "not not a"


def test_a_macro_with_the_wrong_number_of_arguments_is_refused() -> None:
    with pytest.raises(ExpressionError, match=r"flip takes 1 arguments, 'flip\(a, b\)' gives 2"):
        expand(parse("flip(a, b)"), {"flip": Macro(("x",), parse("not x"))})


def test_a_name_bound_by_a_quantifier_captures_no_argument() -> None:
    body = parse("any(c.ready and x for c in pod.app)")
    with pytest.raises(ExpressionError, match="the name 'c' is bound inside the macro and used in its argument; rename one"):
        substitute(body, {"x": parse("c.started")})


def test_substitution_alters_neither_tree() -> None:
    body, value = parse("x and y"), parse("a or b")
    assert text(substitute(body, {"x": value})) == "(a or b) and y"
    assert (text(body), text(value)) == ("x and y", "a or b")


def test_names_and_calls_are_those_mentioned() -> None:
    tree = parse("elapsed(a.since, now, 10) and any(c.ready for c in pod.app)")
    assert names(tree) == {"elapsed", "a", "now", "any", "c", "pod"}
    assert calls(tree) == {"elapsed", "any"}


@pytest.mark.parametrize(("source", "parts"), [("a", ["a"]), ("a and b and c", ["a", "b", "c"]), ("a and (b and c)", ["a", "b", "c"]), ("a or b", ["a or b"])])
def test_conjuncts_are_the_parts_of_a_conjunction(source: str, parts: list[str]) -> None:
    assert [text(part) for part in conjuncts(parse(source))] == parts
