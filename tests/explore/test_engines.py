"""Two engines of one law: the live machines and the ground form walk the same graph, and judge it alike."""

import pytest

from exploration import COUNTS, FEW
from podlaw.explore.judge import judge
from podlaw.explore.live import Live
from podlaw.explore.prepare import prepare
from podlaw.explore.published import Published
from podlaw.ground.evaluate import evaluator
from podlaw.ground.rules import OLD, judged
from podlaw.ground.scope import scopes
from scopes import LAW, SCOPES, SMALL, changed_law, found, ground_graph, live_graph, ready
from walks import timed, walked

QUICK = [name for name in SMALL if COUNTS[name]["states"] < 150 and name != "identity-forced"]  # `nox -s verify` compares all


@pytest.mark.parametrize("name", QUICK)
def test_the_live_machines_and_the_ground_form_have_the_same_edges(name):
    assert live_graph(name, Live(LAW, SCOPES[name])) == ground_graph(name)


@pytest.mark.parametrize("name", ["deletion-late", "sandbox-loss", "late-relists", "ports"])
def test_along_a_random_walk_the_live_machines_and_the_ground_form_have_the_same_edges(name):
    walk = walked(ready(name), Live(LAW, SCOPES[name]), 2_000)
    assert (walk.different, walk.steps) == ("", 2_000)


def test_a_walk_that_is_longer_than_its_scope_takes_every_edge():
    walk, graph = walked(ready("restart-all"), Live(LAW, SCOPES["restart-all"]), 100_000), ground_graph("restart-all")
    assert (walk.states, walk.edges) == (len(graph), sum(map(len, graph.values())))


def test_a_walk_tells_the_first_step_in_which_the_engines_differ(tmp_path):
    other = Live(changed_law(tmp_path, "events.yaml", "container.run.code: 128", "container.run.code: 127"), SCOPES["restart-onfailure"])
    step = "fail_start{'container': 'app'}"
    assert walked(ready("restart-onfailure"), other, 5_000).different == f"{step} only on live machines, {step} only in the ground form"


@pytest.mark.parametrize("name", QUICK)
def test_every_step_of_a_life_by_the_clock_is_a_step_of_the_untimed_law(name):
    assert timed(ready(name), Live(LAW, SCOPES[name], timed=True), 200).outside == ""


def test_lives_by_the_clock_meet_delays_that_hold_and_delays_that_are_over():
    assert {"refuse_pull", "pull", "refuse", "collect_back_off", "create"} <= timed(ready("pulls"), Live(LAW, SCOPES["pulls"], timed=True), 1_000).events


@pytest.mark.parametrize(
    ("old", "new", "outside"),
    [
        ("container.run.reason: reason\n", "container.run.reason: \"reason if container.run.begin == life.now else 'OOMKilled'\"\n", "exit"),
        ("now: life.now + seconds", "now: life.now + seconds\n      fresh: false", "a wait changes more than the time"),
    ],
)
def test_a_law_in_which_time_does_what_the_untimed_law_does_not_know_is_found(tmp_path, old, new, outside):
    law = changed_law(tmp_path, "events.yaml", old, new)
    placed = scopes(law)["restart-never"]
    assert timed(prepare(law, placed), Live(law, placed, timed=True), 1_000).outside.startswith(outside)


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


@pytest.mark.parametrize("name", FEW)
def test_every_published_step_is_a_move_of_the_observed_graphs(name):
    assert judge(ready(name), found(name)).unmoved == ()
