"""The Promela model says the same as the ground form: as text without SPIN, and by SPIN's own search where it is installed."""

import re

import pytest

import spin
from podlaw.errors import LawError
from podlaw.explore.layout import layout, shown
from podlaw.explore.prepare import prepare
from podlaw.explore.promela import asserted, identifier, promela
from podlaw.explore.search import search
from podlaw.ground.evaluate import evaluator
from podlaw.ground.nodes import FALSE, conjunction, const, equal, negation, var
from podlaw.ground.rules import OLD, judged
from podlaw.ground.scope import scope
from podlaw.law import Law
from spin_judge import Answer, by_podlaw, by_spin, missing, read

LAW = Law("1.36")
READY = prepare(LAW, scope("restart-never", LAW))
RULES = list(judged(LAW, READY.placed, READY.form))
PLACES = layout(READY.form, [rule.violated for rule in RULES])
MODEL = promela(READY.form, PLACES, RULES)
RESULT = "pan:1: assertion violated  !(rule_TRACE_22) (at depth 29)\n      178 states, stored\n"


def test_every_variable_is_declared_once_with_its_first_value_and_nothing_else_is_in_the_state_vector():
    first = {identifier("v", name): str(PLACES.codes[name][value]) for name, value in READY.form.start.items()}
    assert list(first.items()) == re.findall(r"^(?:bit|byte) (\w+) = (\d+);", MODEL, re.MULTILINE)
    assert len(first) == len(READY.form.domains)


def test_nothing_is_declared_twice():
    declared = re.findall(r"^(?:hidden )?(?:bit|byte|short) (\w+)", MODEL, re.MULTILINE)
    assert sorted(set(declared)) == sorted(declared)


def test_every_step_is_one_d_step_and_the_rules_are_another():
    assert [step.name for step in READY.form.steps] == re.findall(r":: d_step \{  /\* (.*) \*/", MODEL)
    assert len(READY.form.steps) + 1 == MODEL.count("d_step {")


def test_a_step_assigns_what_it_changes_after_everything_is_computed():
    step = next(step for step in READY.form.steps if step.event == "sync")
    text = MODEL.split(f"/* {step.name} */")[1].split("d_step")[0]
    assigned = list(re.finditer(r"^\s*(v_\w+) = ", text, re.MULTILINE))
    assert [identifier("v", name) for name in step.changes] == [m[1] for m in assigned]
    assert not re.findall(r"^\s*t\d+ = ", text[assigned[0].start() :], re.MULTILINE)


def test_every_rule_that_can_be_violated_is_asserted_by_its_id():
    ids = {rule.rule.spec.id for rule in RULES if rule.violated is not FALSE}
    assert sorted(f"rule_{name.replace('-', '_')}" for name in ids) == sorted(asserted(RULES))
    assert list(asserted(RULES)) == re.findall(r"assert\(!(\w+)\);", MODEL)


def test_what_was_published_before_is_kept_outside_of_the_state():
    kept = [identifier("old", name) for name in READY.form.domains if shown(name)]
    assert kept == re.findall(r"^hidden byte (old_\w+);", MODEL, re.MULTILINE)


def test_a_model_without_rules_has_steps_only():
    model = promela(READY.form, PLACES)
    assert len(READY.form.steps) == model.count("d_step {")
    assert "assert" not in model
    assert "hidden byte old_" not in model


def test_the_same_form_gives_the_same_text():
    again = prepare(LAW, scope("restart-never", LAW))
    rules = list(judged(LAW, again.placed, again.form))
    assert promela(again.form, layout(again.form, [rule.violated for rule in rules]), rules) == MODEL


def test_names_keep_to_letters_digits_and_underscores():
    assert identifier("v", "web.api[app].state") == "v_web_api_app_state"


def test_states_and_violated_rules_are_read_from_what_a_verifier_prints():
    answer = read(RESULT, 0.5)
    assert (answer.states, answer.broken, answer.rate) == (178, frozenset({"rule_TRACE_22"}), 356)


@pytest.mark.parametrize("said", ["error: max search depth too small\n" + RESULT, "pan: reached -DMEMLIM bound\n" + RESULT, ""])
def test_a_search_that_was_not_finished_is_no_answer(said):
    with pytest.raises(RuntimeError, match="SPIN did not search everything"):
        read(said, 0.5)


def test_the_search_finds_the_first_step_that_violates_each_rule():
    ends = equal(var("api.phase"), const("Succeeded"))
    rules = [*asserted(RULES).values(), conjunction((ends, negation(equal(var(f"{OLD}api.phase"), const("Succeeded")))))]
    places = layout(READY.form, rules)
    found = search(READY.form, places, compiled=False, rules=rules)
    values, unpacked = evaluator(rules), places.unpacked
    steps = [values(unpacked(s.after) | {OLD + name: value for name, value in unpacked(s.before).items()}) for s in found.shown]
    assert [next((i for i, step in enumerate(steps) if step[rule]), -1) for rule in range(len(rules))] == found.broken
    assert found.broken[-1] > 0


def test_where_spin_is_missing_one_sentence_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert spin.main([]) == 1
    assert capsys.readouterr().err.startswith("spin: SPIN and a C compiler not found; install SPIN 6 and a C compiler (")


def test_a_plant_must_name_a_text_that_stands_once():
    with pytest.raises(LawError, match=r"'rules' stands 0 times in constants\.yaml, and a planted violation needs it once"):
        spin.planted(spin.Plant("nothing", "constants.yaml", "rules", "", "restart-never", "TRACE-24"))


def test_engines_agree_only_where_both_find_the_planted_violation():
    clean, broken = Answer(178, frozenset(), 1.0), Answer(178, frozenset({"rule_TRACE_24"}), 1.0)
    assert spin.Compared("same", broken, broken, "rule_TRACE_24").agreed
    assert not spin.Compared("both miss it", clean, clean, "rule_TRACE_24").agreed
    assert not spin.Compared("one misses it", broken, clean, "rule_TRACE_24").agreed
    assert not spin.Compared("other states", clean, Answer(179, frozenset(), 1.0)).agreed


@pytest.mark.slow
@pytest.mark.skipif(bool(missing()), reason=missing() or "spin is installed")
@pytest.mark.parametrize("name", ["restart-never", "restart-always"])
def test_spin_finds_the_same_states_and_violations(name):
    ready = prepare(LAW, scope(name, LAW))
    podlaw = by_podlaw(ready)
    other = by_spin(ready, podlaw.states)
    assert (podlaw.states, podlaw.broken) == (other.states, other.broken)


def test_a_variable_of_more_values_than_a_byte_has_is_a_short():
    """Codes that are added are the numbers themselves: a delay of 300 s is 300."""
    one = prepare(LAW, scope("pulls", LAW))
    assert "short v_app_pull_level = 0;" in promela(one.form, one.places)
