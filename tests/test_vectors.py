"""The law agrees with what Kubernetes' own functions computed, and every row of it was put to the question."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

import pytest

import agreement
from podlaw.law import Law
from podlaw.snapshot import snapshot
from podlaw.tables import listed

OFTEN = 50  # evaluations of a row by the vectors; a row decided less often has a case made by hand


@pytest.mark.parametrize("name", agreement.names())
def test_every_result_of_kubernetes_is_the_law_s(name: str) -> None:
    result = agreement.vectors(name)
    assert result.differences == ()
    assert result.results >= 8 * 600


@pytest.mark.parametrize("case", agreement.cases(), ids=lambda case: case["case"])
def test_cases_made_by_hand_come_out(case: dict[str, Any]) -> None:
    result = agreement.compared([case])
    assert result.differences == ()
    assert result.decided[case["table"], case["row"]] > 0


@pytest.mark.parametrize("case", agreement.cases(), ids=lambda case: case["case"])
def test_cases_name_rules_of_their_table(case: dict[str, Any]) -> None:
    table = Law().whole.tables[case["table"]]
    rules = {table.spec.id}.union(*(listed(row.spec.rule) for row in table.rows))
    assert set(listed(case["rule"])) <= rules


def test_every_row_is_decided_often_or_has_a_case_made_by_hand() -> None:
    decided = sum((agreement.vectors(name).decided for name in agreement.names()), Counter())
    by_hand = {(case["table"], case["row"]) for case in agreement.cases()}
    assert [row for row in agreement.rows() if decided[row] < OFTEN and row not in by_hand] == []


def test_a_changed_result_is_noticed() -> None:
    vector = next(agreement.lines(agreement.DATA / "vectors" / "kubelet-1.36.jsonl.gz"))
    vector["phase"]["running/active"] = "Unknown"
    assert len(agreement.compared([vector]).differences) == 1


def test_decide_names_the_row_whose_outputs_the_plain_function_returns() -> None:
    law = Law()
    for vector in islice(agreement.lines(agreement.DATA / "vectors" / "kubelet-1.36.jsonl.gz"), 200):
        pod = snapshot(vector["pod"])
        for table in ("containers_ready", "ready"):
            outputs = law.decide(table, pod, pod.phase).then.values()
            assert tuple(tree.value for tree in outputs) == law.functions[table](pod, pod.phase)
        assert law.decide("phase", pod, False, True).then["value"].value == law.phase(pod, False, True)
