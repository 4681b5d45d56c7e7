"""`podlaw explain`: every word of the law is told, as text that fits a screen and as JSON with everything."""

import json

import pytest

from podlaw.cli import main
from podlaw.errors import InputError
from podlaw.explain import as_text, explain
from podlaw.explain.entries import borne
from podlaw.explain.histories import spoken
from podlaw.law import Law, whole

LAW = Law("1.36")
SCREEN = 70  # lines


def run(capsys, *arguments):
    status = main(["explain", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def group(meaning, title):
    return next(one.entries for one in meaning.groups if one.title == title)


def meaning(word, kind, law=LAW):
    return next(one for one in explain(word, law).meanings if one.kind == kind)


def test_a_rule_has_its_sentence_its_formula_who_keeps_it_and_what_it_is_worth():
    (one,) = (e for e in group(meaning("TRACE-11", "rule"), "named rules and properties") if e.name == "TRACE-11")
    assert ("A terminal phase is final.", "kubelet") == (one.says, one.by)
    assert {"if": "kubelet_wrote and terminal(old) and not pod.mirror", "then": "pod.phase == old.phase"} == one.formula
    assert "behaviour, judged over any gap, from one version (old, b) to the next (pod, c); a finding is [kubelet]" == one.worth
    assert "p.phase in ('Succeeded', 'Failed')" == one.where["terminal(p)"]
    assert "kubelet_pods.go generateAPIPodStatus" == one.source


def test_a_rule_names_the_rows_events_moves_and_edges_that_bear_it():
    every = {(e.kind, e.name) for g in meaning("BACKOFF-01", "rule").groups for e in g.entries}
    assert {("row", "back_off_from none"), ("event", "refuse"), ("guard", "create"), ("machine", "backoff")} <= every
    assert ("edge", "container-state: restarts (waiting to running)") in every


def test_a_reason_has_what_gives_it_what_shows_it_and_what_asks_for_it():
    one = meaning("CrashLoopBackOff", "reason")
    assert ["refuse"] == [e.name for e in group(one, "given by")]
    assert ["computed"] == [e.name for e in group(one, "shown by")]
    assert {"TRACE-28", "BACKOFF-02"} <= {e.name for e in group(one, "asked for by")}


def test_a_field_has_what_sets_it_its_moves_and_the_rules_that_speak_of_it():
    one = meaning("Ready", "field")
    setting = {e.name: set(e.sets) for e in group(one, "set by")}
    assert {"computed", "merged", "probed"} <= set(setting)
    assert {"Ready.status", "Ready.reason", "Ready.since"} == setting["computed"]
    assert all(e.name.startswith("Ready: ") for e in group(one, "published moves"))
    assert {"COND-02", "COND-18", "TRACE-17"} <= {e.name for e in group(one, "rules that speak of it")}


def test_a_field_is_found_by_its_name_in_json_too():
    assert group(meaning("restarts", "field"), "set by") == group(meaning("restartCount", "field"), "set by")


def test_an_event_has_its_guards_its_effect_and_the_moves_that_it_makes():
    one = meaning("bind", "event")
    effect = group(one, "what it does")[0].sets
    assert ("node", "'True'", "stamp(life.now)") == (effect["api.node"], effect["api.PodScheduled.status"], effect["api.PodScheduled.since"])
    assert [["SCHED-02"], ["SCHED-05"], ["SCHED-02"]] == [e.rules for e in group(one, "it can happen only when")][:3]
    assert ["instance: exit (running to exited)"] == [e.name for e in group(meaning("exit", "event"), "it moves")]


def test_a_table_has_its_rows_and_a_gate_what_it_decides():
    assert ["may_restart restarting-all", "may_restart by-exit-code"] == [e.name for e in group(meaning("may_restart", "table"), "its parts")]
    gated = group(meaning("ContainerRestartRules", "gate"), "it decides whether these apply")
    assert {True, False} == {e.here for e in gated}


def test_what_does_not_apply_in_a_version_says_so():
    assert [False, True] == [e.here for e in group(meaning("TRACE-24", "rule", Law("1.35")), "named rules and properties")]
    assert "(not in this law)" in as_text(explain("TRACE-24", Law("1.35")))
    assert "with the gate RestartAllContainersOnContainerExits (on since 1.36)" == group(meaning("TRACE-24", "rule"), "named rules and properties")[0].versions


@pytest.mark.parametrize(
    ("word", "shows"),
    [
        ("TRACE-11", "the condition of TRACE-11"),
        ("PHASE-05", "the row phase "),
        ("CrashLoopBackOff", "CrashLoopBackOff is"),
        ("publish", "publish happens"),
        ("Ready", "Ready moves from absent"),
    ],
)
def test_a_shortest_history_shows_a_word(word, shows):
    histories = [one.history for one in explain(word, LAW).meanings if one.history]
    assert histories[0].shows.startswith(shows)
    assert len(histories[0].events) == len(histories[0].path.split("/"))


def test_a_version_that_was_not_explored_has_no_history():
    assert [None] == [one.history for one in explain("CrashLoopBackOff", Law("1.35")).meanings]


@pytest.mark.parametrize("word", ["BACKOFF-01", "PHASE-01", "TRACE-26", "Ready", "publish", "sync", "Running", "phase", "columns", "CSTATE-06"])
def test_the_text_of_a_word_fits_a_screen(word):
    lines = as_text(explain(word, LAW)).splitlines()
    assert len(lines) <= SCREEN
    assert max(map(len, lines)) <= 120


def test_every_rule_that_the_law_bears_is_explained_with_the_entries_that_bear_it():
    for rule in sorted(borne(whole())):
        assert all(rule in e.rules for g in meaning(rule, "rule", Law("1.35")).groups for e in g.entries)


@pytest.mark.parametrize(
    ("word", "near"), [("CrashLopBackOff", "CrashLoopBackOff"), ("phase-3", "PHASE-03"), ("redy", "Ready"), ("restartCounts", "restartCount")]
)
def test_an_unknown_word_is_one_sentence_with_near_matches_and_status_2(word, near, capsys):
    status, out, error = run(capsys, word)
    assert (2, "", 1) == (status, out, error.count("\n"))
    assert f"the law has no rule, reason, field or event '{word}'; near matches are " in error
    assert near in error.split("near matches are ")[1].strip().split(", ")


def test_a_word_that_is_near_to_none_names_examples():
    with pytest.raises(InputError, match="'xyzzy'; give for example PHASE-03, CrashLoopBackOff, Ready or publish"):
        explain("xyzzy", LAW)


def test_json_has_every_entry_that_the_text_leaves_out(capsys):
    _, out, _ = run(capsys, "Failed", "--format", "json", "--law", "1.35")
    found = json.loads(out)
    assert ({"apiserver": "1.35", "kubelet": "1.35"}, "Failed") == (found["law"], found["word"])
    asked = next(g for g in found["meanings"][0]["groups"] if g["title"] == "asked for by")
    assert f"  and {len(asked['entries']) - 6} more; --format json has all" in run(capsys, "Failed", "--law", "1.35")[1].splitlines()


def test_events_are_spoken_by_who_does_them():
    events = ["kubelet: sync", "kubelet: create app", "runtime: exit app, code 1, reason Error"]
    assert "kubelet: sync, then create app; runtime: exit app (code 1, reason Error)" == spoken(events)
