"""A law with one fault gives a shortest history that shows it: told, replayed by its path, judged by `check`, and as a test."""

import json

import pytest

from podlaw.errors import InputError
from podlaw.explore import explore, walk
from podlaw.history.check import check
from scopes import LAW, changed_law, found, ready

READY = "readiness(life.cached, c, p, run, base, on, life.known, over)"
TERMINAL = "published in ('Succeeded', 'Failed')\""
FAULTS = {  # the rule that is broken: the scope, and the change of the law that breaks it
    "TRACE-25": ("restart-always", "compositions.yaml", 'restarts: "restart_count(pod, c, run, how)"', 'restarts: "0"'),
    "TRACE-11": ("restart-never", "derivations/status.yaml", f'{TERMINAL}, then: published,', f'{TERMINAL}, then: Running,'),
    "CSTATE-41": ("restart-never", "compositions.yaml", f"{READY} and not error", f"not {READY}"),
}  # fmt: skip


@pytest.fixture(params=sorted(FAULTS), scope="module")
def fault(request, tmp_path_factory):
    scope, file, old, new = FAULTS[request.param]
    law = changed_law(tmp_path_factory.mktemp("law"), file, old, new)
    broken = [b for b in explore(scope, law).violations if b.property == request.param]
    return request.param, scope, law, broken[0]


def test_a_fault_of_the_law_is_found_by_the_rule_that_it_breaks(fault):
    rule, scope, law, broken = fault
    assert (rule, "violated") == (broken.property, explore(scope, law).verdict)


def test_its_watch_is_unlawful_by_the_same_rule_at_its_last_document(fault):
    rule, _, law, broken = fault
    findings = check(broken.watch, law).pods[0].findings
    assert (rule, len(broken.watch) - 1) in {(f.rule, f.index) for f in findings}


def test_its_path_replays_it(fault):
    _, scope, law, broken = fault
    assert broken.watch == walk(scope, broken.path, law)


def test_no_shorter_path_breaks_it(fault):
    rule, scope, law, broken = fault
    steps = broken.path.split("/")
    shorter = walk(scope, "/".join(steps[:-1]), law)
    assert rule not in {f.rule for f in check(shorter, law).pods[0].findings}


def test_its_test_function_fails_on_that_law(fault, monkeypatch):
    _, _, law, broken = fault
    space: dict = {}
    exec(broken.test, space)  # noqa: S102 - our own text
    (function,) = [value for name, value in space.items() if name.startswith("test_")]
    monkeypatch.setattr("podlaw.law.SPEC", law.whole.directory)
    with pytest.raises(AssertionError):
        function()


def test_its_history_is_numbered_and_says_who_did_what(fault):
    _, _, _, broken = fault
    lines = [line for line in broken.history.splitlines() if "->" not in line]
    assert [str(n) for n in range(len(lines))] == [line.split()[0] for line in lines]
    assert len(broken.path.split("/")) == len(lines) - 1


def test_a_dead_end_is_found_and_told(tmp_path):
    exited = "container.plan: \"still_planned(container.plan, 'exited')\"\n      container.stop: none"
    law = changed_law(tmp_path, "events.yaml", exited, "container.stop: none")
    (dead,) = [b for b in explore("probes", law).violations if b.property == "dead end"]
    assert "exit(app, code=137" in dead.history


def test_a_goal_out_of_reach_is_found(tmp_path):
    law = changed_law(tmp_path, "events.yaml", 'when: "life.api.deletion_grace == 0"', 'when: "life.api.deletion_grace == 1"')
    (lost,) = [b for b in explore("deletion", law).violations if b.property == "can always"]
    assert lost.says == "A deleted pod on a live node can always go away."


def test_the_first_snapshot_can_break_a_rule(tmp_path):
    law = changed_law(tmp_path, "rules/phase.yaml", "then: \"pod.phase != 'Unknown'\"", "then: \"pod.phase != 'Pending'\"")
    (broken,) = [b for b in explore("restart-never", law).violations if b.property == "PHASE-32"]
    assert (broken.path, len(broken.watch)) == ("", 1)


def test_a_path_that_leaves_what_can_happen_names_what_can():
    with pytest.raises(InputError, match="step 2 of the path is '7', which names no step there; possible are 0 create_sandbox"):
        walk("restart-never", "0/7", LAW)


def test_a_removed_object_is_a_deleted_event():
    one, every = ready("deletion"), found("deletion")
    gone = next(n for n in every.dead if one.places.unpacked(every.words(n))["worker"] == "finished")
    from podlaw.explore.trace import Walker

    events = walk("deletion", Walker(one).shortest(every, gone, None), LAW)
    assert "DELETED" in [event["type"] for event in events]
    assert check(events, LAW).verdict == "lawful"


def test_what_a_walk_publishes_is_json_as_kubectl_writes_it():
    events = walk("restart-never", "0/0/1", LAW)
    assert events == json.loads(json.dumps(events))
    assert [event["type"] for event in events] == ["ADDED", "MODIFIED"]
