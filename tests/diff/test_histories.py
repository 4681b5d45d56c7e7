"""The shortest history on which two laws publish different pods: each law replays it, and no shorter one tells them apart."""

import shlex

import pytest

from podlaw.cli import main
from podlaw.diff.histories import Field, compare, differing
from podlaw.explore import ready as made
from podlaw.explore import walk
from podlaw.explore.trace import Walker
from podlaw.law import Law
from podlaw.publish import document
from scopes import LAW, changed_law, found, ready

WITHOUT_RULES = Law("1.36", gates={"kubelet": {"ContainerRestartRules": False}})
ZERO = ("compositions.yaml", 'restarts: "restart_count(pod, c, run, how)"', 'restarts: "0"')
REASON = "container.run.reason: "
TIMED = ("events.yaml", f"{REASON}reason\n", f"{REASON}\"reason if exceeds(container.run.begin, life.now, 5) else 'OOMKilled'\"\n")
SCOPE = """
scopes:
  - scope: capped
    says: One container whose count may not rise.
    size: small
    pods: [{spec: {nodeName: node-a, restartPolicy: OnFailure, containers: [{name: app}]}}]
    events: {exit: [{code: 0, reason: Completed}, {code: 1, reason: Error}]}
    without: [fail_start, remove, remove_older, collect_sandbox]
    caps: {run.attempt: 1, sandboxes: 1, restarts: 0}
    fuse: [relist, pick, publish]
"""
CASES = {  # scope, what is compared, the old and the new law, how many steps the history has
    "a gate on rules": ("restart-rules", "pod", LAW, WITHOUT_RULES, 8),
    "a gate on policies": ("container-policies", "pod", LAW, WITHOUT_RULES, 10),
    "another condition": ("restart-never", "conditions", Law("1.28"), Law("1.29"), 1),
    "an event of one law": ("restart-never", "pod", Law("1.35"), LAW, 3),
    "phases of two minors": ("restart-rules", "phase", Law("1.31"), LAW, 8),
}


@pytest.fixture(params=CASES, scope="module")
def case(request):
    scope, part, old, new, _ = CASES[request.param]
    return request.param, compare(scope, old, new, part=part)


def test_the_laws_differ_after_so_many_steps(case):
    name, one = case
    assert ("different", CASES[name][4]) == (one.verdict, len(one.history) - 1)


def test_each_law_replays_it_by_its_path(case):
    name, one = case
    scope, _, old, new, _ = CASES[name]
    for law, replayed in ((old, one.old), (new, one.new)):
        assert walk(scope, replayed.path, law)[-1]["object"] == replayed.pods[""]


def test_the_commands_replay_it(case, capsys):
    _, one = case
    for replayed in (one.old, one.new):
        assert main(shlex.split(replayed.replay)[1:]) == 0
        assert [line for line in capsys.readouterr().out.splitlines() if "STATUS" in line][-1].endswith(replayed.published)


def test_both_take_the_same_steps_but_those_that_one_refuses(case):
    name, one = case
    scope, _, old, new, _ = CASES[name]
    for word, law, replayed in (("old", old, one.old), ("new", new, one.new)):
        moments = Walker(made(scope, law)).walk(replayed.path)
        assert [m.step.name for m in moments[1:]] == [h.step for h in one.history[1:] if word not in h.refused]


def test_the_fields_are_those_in_which_the_pods_differ(case):
    _, one = case
    assert list(differing("", one.old.pods[""], one.new.pods[""])) == one.fields
    assert one.fields != []


def test_a_rule_that_a_gate_takes_away_fails_the_pod_instead_of_restarting_it():
    one = compare("restart-rules", LAW, WITHOUT_RULES)
    assert Field("status.conditions[Ready].reason", "ContainersNotReady", "PodFailed") in one.fields
    assert "exit(app, code=1, reason=Error)" in [step.step for step in one.history]


@pytest.mark.parametrize("scope", ["restart-never", "restart-always", "restart-all", "init-app", "lost-container"])
def test_a_law_never_differs_from_itself(scope):
    one = compare(scope, LAW, LAW)
    assert ("same", [], found(scope).states) == (one.verdict, one.history, one.pairs)


def test_no_shorter_script_tells_the_laws_apart():
    """Every script of two steps, played by hand."""
    walkers = [Walker(made("restart-never", law)) for law in (Law("1.35"), LAW)]
    names = {step.name for walker in walkers for step in walker.ready.form.steps}

    def after(walker, words, name):
        return {taken for step, taken in walker.successors(words) if step.name == name} or {words}

    def shown(walker, states):
        return {str([document(pod) for pod in walker.published.pods(words).values()]) for words in states}

    starts = [{walker.first().words} for walker in walkers]
    for first in names:
        middle = [{a for words in states for a in after(w, words, first)} for w, states in zip(walkers, starts, strict=True)]
        assert shown(walkers[0], middle[0]) == shown(walkers[1], middle[1])
        for second in names:
            ends = [{a for words in states for a in after(w, words, second)} for w, states in zip(walkers, middle, strict=True)]
            assert shown(walkers[0], ends[0]) == shown(walkers[1], ends[1])


def test_a_step_that_one_law_lacks_is_no_difference_until_it_publishes_one():
    one = compare("restart-never", Law("1.35"), LAW)
    assert (one.history[-1].step, one.history[-1].refused) == ("sandbox_ready", ["old"])
    assert compare("restart-never", Law("1.35"), LAW, part="phase").verdict == "same"


def test_what_a_cap_of_the_scope_refuses_is_no_difference(tmp_path):
    """The count of one law stays 0, so that it goes on where the other is at the cap."""
    scope = tmp_path / "capped.yaml"
    scope.write_text(SCOPE, encoding="utf-8")
    assert compare(scope, LAW, changed_law(tmp_path, *ZERO), part="phase").verdict == "same"


def test_a_fault_of_a_law_is_told_by_the_field_that_it_spoils(tmp_path):
    one = compare("restart-always", LAW, changed_law(tmp_path, *ZERO))
    assert [Field("status.containerStatuses[app].restartCount", 1, 0)] == one.fields


def test_a_law_differs_where_it_may_publish_what_the_other_cannot(tmp_path):
    """The changed law may also publish what the other does, as the clock has it."""
    law = changed_law(tmp_path, *TIMED)
    for old, new, reasons in ((LAW, law, ("Completed", "OOMKilled")), (law, LAW, ("OOMKilled", "Completed"))):
        one = compare("restart-never", old, new)
        assert Field("status.containerStatuses[app].state.terminated.reason", *reasons) in one.fields
    assert compare("restart-never", law, law).verdict == "same"


def test_a_search_that_stops_early_is_undetermined():
    one = compare("restart-never", LAW, LAW, limit=1)
    assert (one.verdict, one.stopped) == ("undetermined", "out of memory")


def test_progress_is_told():
    calls = []
    compare("restart-never", LAW, LAW, progress=lambda *given: calls.append(given))
    assert calls[0][:2] == (0, 1)


def test_entries_of_lists_are_compared_by_name_or_type():
    old, new = {"a": [{"name": "x", "v": 1}], "b": [1], "c": 1}, {"a": [{"type": "y"}, {"name": "x", "v": 2}], "b": [2]}
    assert [Field("a[x].v", 1, 2), Field("a[y]", None, {"type": "y"}), Field("b", [1], [2]), Field("c", 1, None)] == list(differing("", old, new))


def test_the_scope_is_the_one_that_explore_knows():
    assert ready("restart-rules").placed.spec.says == compare("restart-rules", LAW, WITHOUT_RULES).says
