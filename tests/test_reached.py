"""A rule id is reached through the entries that bear it: by a witness of their own, or by one of what they belong to."""

from collections.abc import Iterable

import pytest

import reached
import rule_ids


def through(monkeypatch: pytest.MonkeyPatch, *names: reached.Name) -> frozenset[str]:
    def direct() -> Iterable[reached.Name]:
        return names

    monkeypatch.setattr(reached, "direct", direct)
    return reached.reached()


def test_an_event_reaches_its_guards_and_moves_and_no_other_event(monkeypatch: pytest.MonkeyPatch) -> None:
    found = through(monkeypatch, ("event", "mount"))
    assert found >= {"VOL-01", "VOL-02", "VOL-04", "VOL-06"}
    assert not found & {"VOL-03", "VOL-07", "TERM-50"}


def test_a_row_reaches_its_table_and_no_other_row(monkeypatch: pytest.MonkeyPatch) -> None:
    found = through(monkeypatch, ("row", "phase never-started"))
    assert found >= {"PHASE-01", "PHASE-03"}
    assert not found & {"PHASE-02", "COL-01"}


def test_an_edge_reaches_its_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    assert through(monkeypatch, ("edge", "phase: ended unseen (Pending to Succeeded)")) >= {"PHASE-35", "TRACE-11"}


def test_without_a_witness_only_rules_that_always_speak_are_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not through(monkeypatch) & {"PHASE-03", "VOL-01", "API-06", "TRACE-24"}


def test_a_rule_is_reached_by_a_recording_in_which_its_if_holds() -> None:
    found = set(reached.premises())
    assert "TRACE-11" in found
    assert "NET-11" in found  # of the pod in its node's network, once that node has an address
    assert "TRACE-39" not in found  # no recorded pod was nominated


def test_of_the_encoded_rules_some_are_reached_and_of_these_some_noticed() -> None:
    assert [] == [family for family, (encoded, found, noticed) in rule_ids.shown().items() if not encoded >= found >= noticed]
