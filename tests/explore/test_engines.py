"""Two engines of one law: the live machines and the ground form walk the same graph, and judge it alike."""

import pytest

from podlaw.explore.judge import judge
from podlaw.explore.live import Live
from podlaw.explore.published import Published
from podlaw.ground.evaluate import evaluator
from podlaw.ground.rules import OLD, judged
from scopes import LAW, SCOPES, SMALL, found, ground_graph, live_graph, ready

QUICK = [name for name in SMALL if name not in ("deletion", "probe-sidecar", "lost-sidecar", "sandbox-loss")]


@pytest.mark.parametrize("name", QUICK)
def test_the_live_machines_and_the_ground_form_have_the_same_edges(name):
    assert live_graph(name, Live(LAW, SCOPES[name])) == ground_graph(name)


@pytest.mark.parametrize("name", ["restart-onfailure", "restart-all", "deletion", "sandbox-never"])
def test_a_rule_of_the_ground_form_is_broken_where_the_rule_itself_is(name):
    one, every = ready(name), found(name)
    published, rules = Published(one), list(judged(LAW, one.placed, one.form))
    values = evaluator([j.violated for j in rules])
    for shown in every.shown:
        old, new = published.pods(shown.before)[""], published.pods(shown.after)[""]
        expected: list = []
        LAW.rules.always(new, "MODIFIED", set(), expected)
        LAW.rules.step(new, "MODIFIED", old, True, expected)
        before = {OLD + n: v for n, v in one.places.unpacked(shown.before).items()}
        broken = values({**one.places.unpacked(shown.after), **before})
        names = [LAW.rules.rules[number].where for number, *_ in expected if not LAW.rules.rules[number].spec.clock]
        assert sorted(set(names)) == sorted(j.rule.where for j, violated in zip(rules, broken, strict=True) if violated)


@pytest.mark.parametrize("name", ["restart-always", "probes"])
def test_generated_steps_do_what_the_form_says(name):
    one, every = ready(name), found(name)
    values = [evaluator([step.guard, step.boundary, *step.changes.values()]) for step in one.form.steps]
    for number in range(0, every.states, 7):
        state = one.places.unpacked(every.words(number))
        expected = []
        for place, (step, value) in enumerate(zip(one.form.steps, values, strict=True)):
            can, _, *after = value(state)
            if can:
                expected.append((place, one.places.packed({**state, **dict(zip(step.changes, after, strict=True))})))
        assert expected == every.successors(number)[0]


@pytest.mark.parametrize("name", SMALL)
def test_every_published_step_is_a_move_of_the_observed_graphs(name):
    assert judge(ready(name), found(name)).unmoved == ()
