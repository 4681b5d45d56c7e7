"""Two laws in words: what applies in one only, and the minor or gate that decides."""

from itertools import pairwise

import pytest

from podlaw.diff.words import words
from podlaw.law import Law
from scopes import changed_law

MINORS = [f"1.{minor}" for minor in range(28, 37)]
DECAY = {"kubelet": {"ReduceDefaultCrashLoopBackOffDecay": True}}


def told(old, new, *families):
    return {(e.law, e.group, e.name, e.why) for e in words(old, new) if e.family in families}


@pytest.mark.parametrize("minor", MINORS)
def test_a_law_differs_from_itself_in_nothing(minor):
    assert words(Law(minor), Law(minor)) == []


def test_the_words_between_1_32_and_1_33_are_which_ports_count_two_rows_two_rules_and_resizing():
    found = words(Law("1.32"), Law("1.33"))
    assert {(e.law, e.family, e.group) for e in found if "InPlacePodVerticalScaling" in e.why} == {
        *(("new", "event", name) for name in ("resize", "decide_resize")), *(("new", "graph", name) for name in ("PodResizePending", "PodResizeInProgress")),
    }  # fmt: skip
    assert [(e.law, e.family, e.group, e.name, e.rules, e.why) for e in found if "InPlacePodVerticalScaling" not in e.why] == [
        ("old", "derivation", "clash", "sidecars", (), ""),
        ("new", "derivation", "clash", "sidecars", (), "since 1.33"),
        ("old", "derivation", "phase", "sidecar-starting-status", ("PHASE-02",), "until 1.32"),
        ("new", "derivation", "phase", "sidecar-starting", ("PHASE-02",), "since 1.33"),
        ("new", "rule", "API", "API-05", ("API-05",), "since 1.33"),
        ("new", "rule", "MISC", "MISC-09", ("MISC-09",), "since 1.33"),
    ]


@pytest.mark.parametrize(("old", "new"), [*pairwise(MINORS), ("1.28", "1.36")])
def test_the_rows_and_rules_told_are_those_that_apply_in_one_law_only(old, new):
    def applying(law):
        rows = {(name, line.row) for name, (_, _, lines) in law.tables.items() for line in lines}
        return rows | {rule.where for rule in (*law.rules.rules, *law.requests.rules)}

    old, new = Law(old), Law(new)
    before, after = applying(old), applying(new)
    told = [e for e in words(old, new) if (e.family == "derivation" and e.rules) or (e.family == "rule" and e.rules)]
    assert {"old": len(before - after), "new": len(after - before)} == {law: sum(e.law == law for e in told) for law in ("old", "new")}
    assert {(e.group, e.name) for e in told if e.family == "derivation"} == {one for one in before ^ after if isinstance(one, tuple)}


def test_an_entry_says_its_sentence_and_the_gate_that_decides():
    off = Law("1.36", gates={"kubelet": {"ContainerRestartRules": False}})
    found = {e.name: (e.law, e.says, e.why) for e in words(Law("1.36"), off) if e.group == "phase"}
    assert found["will-restart"] == ("old", "all containers have ended and one will restart", "with the gate ContainerRestartRules")
    assert found["restarts-on-failure"] == ("new", "a failed container restarts on failure", "without the gate ContainerRestartRules")


def test_the_same_laws_the_other_way_round_say_the_opposite():
    swapped = {"old": "new", "new": "old"}
    there, back = words(Law("1.31"), Law("1.36")), words(Law("1.36"), Law("1.31"))
    assert sorted((swapped[e.law], e.group, e.name, e.says, e.why) for e in there) == sorted((e.law, e.group, e.name, e.says, e.why) for e in back)


def test_rows_of_the_api_server_follow_the_api_server():
    skewed = Law(apiserver="1.33", kubelet="1.31")
    assert set() == {e.group for e in words(Law("1.31"), skewed)} & set(Law("1.36").tables)
    assert {("old", "columns", "deleting-any", "until 1.30"), ("new", "columns", "deleting", "since 1.31")} <= told(
        Law("1.30"), Law(apiserver="1.31", kubelet="1.30"), "derivation"
    )


def test_a_constant_is_told_where_its_value_changes():
    assert {("old", "constants", "backoff_initial", ""), ("new", "constants", "backoff_initial", "with the gate ReduceDefaultCrashLoopBackOffDecay")} == told(
        Law("1.36"), Law("1.36", gates=DECAY), "constant"
    )


def test_another_alternative_of_the_same_value_is_no_difference():
    off = Law("1.35", gates={"kubelet": {"KubeletCrashLoopBackOffMax": False}})
    assert words(off, Law("1.35")) == []


def test_a_name_is_told_with_what_it_stands_for():
    found = {(e.law, e.says, e.why) for e in words(Law("1.34"), Law("1.35")) if e.name == "failure_counts"}
    assert {("old", "is false", ""), ("new", "is true", "since 1.35")} == found


def test_an_event_and_a_move_of_a_graph_are_told():
    found = told(Law("1.35"), Law("1.36"), "event", "graph")
    assert ("new", "sandbox_ready", "sandbox_ready", "since 1.36") in found
    assert ("new", "container-state", "taken as completed (waiting to terminated)", "since 1.36") in found


def test_an_entry_that_stands_otherwise_in_another_text_of_the_law_is_told_for_both(tmp_path):
    law = changed_law(tmp_path, "rules/phase.yaml", "then: \"pod.phase != 'Unknown'\"", "then: \"pod.phase != 'Pending'\"")
    assert {("old", "PHASE", "PHASE-32", ""), ("new", "PHASE", "PHASE-32", "")} == told(Law("1.36"), law, "rule")


def test_entries_of_one_group_stand_together():
    groups = [(e.family, e.group) for e in words(Law("1.28"), Law("1.36"))]
    assert len(set(groups)) == sum(1 for one, other in zip(groups, [None, *groups], strict=False) if one != other)
