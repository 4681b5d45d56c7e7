"""Folding an expression as it is made never changes what it says."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from podlaw.ground import nodes
from podlaw.ground.domains import decided
from podlaw.ground.evaluate import evaluator
from podlaw.ground.values import values

DOMAINS = {"flag": (False, True), "other": (False, True), "word": (None, "a", "b"), "number": (0, 1, 2)}
FLAGS = st.sampled_from([("var", "flag"), ("var", "other"), ("const", True), ("const", False)])
WORDS = st.sampled_from([("var", "word"), ("const", "a"), ("const", "b"), ("const", None)])
NUMBERS = st.sampled_from([("var", "number"), ("const", 0), ("const", 1), ("const", 3)])


def choices(flags, leaves):
    return st.recursive(leaves, lambda inner: st.tuples(st.just("if"), flags, inner, inner), max_leaves=3)


def conditions(flags):
    words, numbers = choices(flags, WORDS), choices(flags, NUMBERS)
    return st.one_of(
        st.tuples(st.just("not"), flags),
        st.tuples(st.sampled_from(["and", "or"]), flags, flags, flags),
        st.tuples(st.just("if"), flags, flags, flags),
        st.tuples(st.just("eq"), words, words),
        st.tuples(st.sampled_from(["eq", "lt"]), numbers, st.tuples(st.just("add"), numbers, numbers)),
    )


TREES = st.recursive(FLAGS, conditions, max_leaves=12)
MAKE = {
    "not": nodes.negation, "and": lambda *p: nodes.conjunction(p), "or": lambda *p: nodes.disjunction(p), "if": nodes.choice,
    "eq": nodes.equal, "lt": nodes.less, "add": nodes.total,
}  # fmt: skip
MEAN = {
    "not": lambda a: not a, "and": lambda *p: all(p), "or": lambda *p: any(p), "if": lambda test, then, other: then if test else other,
    "eq": lambda a, b: a == b, "lt": lambda a, b: a < b, "add": lambda a, b: a + b,
}  # fmt: skip


def made(tree):
    kind, *parts = tree
    if kind == "var":
        return nodes.var(parts[0])
    return nodes.const(parts[0]) if kind == "const" else MAKE[kind](*map(made, parts))


def meant(tree, state):
    kind, *parts = tree
    if kind == "var":
        return state[parts[0]]
    return parts[0] if kind == "const" else MEAN[kind](*(meant(part, state) for part in parts))


def states():
    return [dict(zip(DOMAINS, chosen, strict=True)) for chosen in product(*DOMAINS.values())]


@given(TREES)
def test_a_folded_expression_has_the_same_value_in_every_state(tree):
    value = evaluator([made(tree)])
    assert [meant(tree, state) for state in states()] == [value(state)[0] for state in states()]


@given(TREES)
def test_the_values_that_are_said_to_be_possible_contain_all_that_occur(tree):
    node = made(tree)
    possible = values(nodes.nodes((node,)), {name: frozenset(d) for name, d in DOMAINS.items()})[node]
    assert {meant(tree, state) for state in states()} <= possible


@given(TREES)
def test_what_domains_decide_is_folded_without_change(tree):
    node = made(tree)
    folded = decided([node], {**{name: frozenset(d) for name, d in DOMAINS.items()}, "flag": frozenset({True})})[node]
    value = evaluator([folded])
    fixed = [state for state in states() if state["flag"]]
    assert [meant(tree, state) for state in fixed] == [value(state)[0] for state in fixed]


@given(TREES)
def test_an_expression_is_made_once(tree):
    assert made(tree) is made(tree)


def test_a_part_that_the_others_imply_is_left_out():
    a, b = nodes.var("flag"), nodes.var("other")
    assert nodes.conjunction((a, b)) is nodes.conjunction((a, nodes.disjunction((nodes.negation(a), b))))
    assert a is nodes.conjunction((a, nodes.disjunction((a, b))))
    assert nodes.FALSE is nodes.conjunction((a, nodes.negation(nodes.conjunction((a,)))))


def test_a_node_reads_like_an_expression_of_the_law():
    word, number = nodes.var("word"), nodes.var("number")
    tree = nodes.choice(nodes.equal(word, nodes.const("a")), nodes.total(number, nodes.const(1)), nodes.var("n"))
    assert str(tree) == "((number + 1) if (word == 'a') else n)"
