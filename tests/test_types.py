"""Expressions are typed: domains, optional values and lists are checked before anything runs."""

from __future__ import annotations

import pytest

from podlaw.expr import ExpressionError, parse
from podlaw.types import BOOL, INT, TEXT, Scope, Signature, Type, Vocabulary, check, infer

VOCABULARY = Vocabulary(
    {"State": frozenset({"waiting", "running"}), "Policy": frozenset({"Always", "Never"})},
    {"Reason": frozenset({"Error", "Completed"})},
    {
        "Container": {
            "name": TEXT, "state": Type("State"), "reason": Type("Reason"), "code": INT, "ready": BOOL,
            "policy": Type("Policy", optional=True), "since": Type("time", optional=True),
        },
        "Pod": {"app": Type("Container", many=True), "names": Type("text", many=True)},
    },
)  # fmt: skip
NAMES = {"c": Type("Container"), "pod": Type("Pod"), "limit": INT, "maybe": Type("Container", optional=True)}
SCOPE = Scope(VOCABULARY, NAMES, {"restart": Signature((Type("Pod"), INT), BOOL)})


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("c.ready", "bool"), ("c.code + 1", "int"), ("c.state", "State"), ("c.policy", "Policy?"), ("pod.app", "[Container]"), ("'x'", "text"),
        ("none", "none"), ("c.state == 'running'", "bool"), ("'running' == c.state", "bool"), ("c.policy == none", "bool"),
        ("c.code < limit", "bool"), ("c.reason == 'Error'", "bool"),
        ("c.reason == ''", "bool"), ("c.state in ('waiting', 'running')", "bool"), ("c.name in pod.names", "bool"), ("min(c.code, 3)", "int"),
        ("any(x.ready for x in pod.app)", "bool"), ("sum(x.code for x in pod.app if x.ready)", "int"), ("first(x for x in pod.app)", "Container?"),
        ("last(x.state for x in pod.app)", "State?"), ("c.state if c.ready else 'waiting'", "State"), ("c.code if c.ready else none", "int?"),
        ("f'{c.name}: {c.code}'", "text"), ("restart(pod, 1)", "bool"), ("elapsed(c.since, c.since, 10)", "bool"),
        ("maybe != none and maybe.ready", "bool"), ("maybe == none or maybe.ready", "bool"), ("maybe.state if maybe != none else 'waiting'", "State"),
        ("'waiting' if maybe == none else maybe.state", "State"),
    ],
)  # fmt: skip
def test_every_expression_has_one_type(source: str, kind: str) -> None:
    assert str(infer(parse(source), SCOPE)) == kind


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("x.ready", "'x' is not a name here; known are c, limit, maybe, pod"),
        ("c.age", "Container has no field 'age'; it has code, name, policy, ready, reason, since, state"),
        ("c.code.x", "'c.code' is int, which has no fields"),
        ("pod.app.ready", r"'pod.app' is \[Container\], which has no fields"),
        ("maybe.ready", "'maybe' may be none; test it with != none first"),
        ("maybe.ready and maybe != none", "'maybe' may be none"),
        ("c.state == 'runing'", "'runing' is not a State; known are running, waiting"),
        ("c.state in ('running', 'sleeping')", "'sleeping' is not a State"),
        ("c.reason == 'Eror'", "'Eror' is not a Reason; known are Completed, Error"),
        ("c.state == none", "'c.state' is State and never none; the comparison decides nothing"),
        ("c.code == 'x'", r"the text 'x' stands where int\? is wanted"),
        ("c.code == c.name", r"'c.name' is text, where int\? is wanted"),
        ("c.state < 'x'", "orders State; only whole numbers, instants and texts have an order"),
        ("0 < c.code < 3", "chains comparisons; join two with 'and'"),
        ("c.code and c.ready", "'c.code' is int, where bool is wanted"),
        ("not c.name", "'c.name' is text, where bool is wanted"),
        ("c.code + c.name", "'c.name' is text, where int is wanted"),
        ("c.state if c.ready else c.code", "'c.code' is int, where State"),
        ("any(x.ready for x in c)", "'c' is Container, not a list"),
        ("any(x.code for x in pod.app)", "'x.code' is int, where bool is wanted"),
        ("sum(x.name for x in pod.app)", "'x.name' is text, where int is wanted"),
        ("any(c.ready, c.ready)", r"must range over a list: any\(... for c in ...\)"),
        ("max(c.code, 3)", "'max' is not a function; known are all, any, elapsed"),
        ("restart(pod)", "gives 1 arguments where 2 are wanted"),
        ("restart(c, 1)", "'c' is Container, where Pod is wanted"),
        ("min(c.name, 1)", "'c.name' is text, where int is wanted"),
    ],
)
def test_a_mistake_is_named_with_what_is_known(source: str, sentence: str) -> None:
    with pytest.raises(ExpressionError, match=sentence):
        infer(parse(source), SCOPE)


@pytest.mark.parametrize(
    ("source", "wanted"),
    [("'running'", "State"), ("none", "Policy?"), ("''", "Reason"), ("c.reason", "text"), ("c.policy if c.ready else none", "Policy?")],
)
def test_an_expression_of_the_wanted_type_passes(source: str, wanted: str) -> None:
    kind = VOCABULARY.type(wanted)
    check(parse(source), kind, SCOPE)
    with pytest.raises(ExpressionError):
        check(parse(source), INT, SCOPE)


@pytest.mark.parametrize(
    ("source", "wanted", "sentence"),
    [
        ("none", "State", "'None' is none, where State is wanted"),
        ("c.policy", "Policy", r"'c.policy' is Policy\?, where Policy is wanted"),
        ("''", "State", "'' is not a State"),
        ("'x'", "[text]", r"stands where \[text\] is wanted"),
        ("c.state", "Policy", "'c.state' is State, where Policy is wanted"),
        ("'Always' if c.ready else 'Sometimes'", "Policy", "'Sometimes' is not a Policy"),
    ],
)
def test_an_expression_of_another_type_is_refused(source: str, wanted: str, sentence: str) -> None:
    with pytest.raises(ExpressionError, match=sentence):
        check(parse(source), VOCABULARY.type(wanted), SCOPE)


@pytest.mark.parametrize("name", ["Stat", "[Stat]", "Stat?", "", "[State"])
def test_an_undeclared_type_is_refused(name: str) -> None:
    with pytest.raises(ExpressionError, match=r"is not a declared type; spec/types\.yaml declares them"):
        VOCABULARY.type(name)
