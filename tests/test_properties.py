"""Each clause of each named property: a step where it comes to bear and holds, and the least change that breaks it and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

import named_table
from named import CASES, Case, other, step
from podlaw.cluster import Cluster
from podlaw.explore import explore
from podlaw.law import Law
from podlaw.properties import Key
from podlaw.world import Claim
from scopes import changed_law
from verify import README, replaced

LAW = Law("1.36")
CLAUSES = {one.key for one in LAW.whole.properties}


def judged(case: Case, broken: bool) -> tuple[list[Key], set[Key]]:
    """Return the clauses that are broken in a step, and those that came to bear."""
    referee = LAW.referee()
    found = [(one.property, one.says) for one in referee.judge(*step(case, broken))]
    return found, referee.witnessed


@pytest.mark.parametrize("case", CASES.clauses, ids=lambda case: f"{case.property}: {case.says}")
def test_a_clause_comes_to_bear_and_holds(case: Case) -> None:
    found, witnessed = judged(case, broken=False)
    assert ([], True) == (found, any(case.names(key) for key in witnessed))


@pytest.mark.parametrize("case", CASES.clauses, ids=lambda case: f"{case.property}: {case.says}")
def test_a_clause_that_is_broken_is_named_and_no_other_is(case: Case) -> None:
    found, _ = judged(case, broken=True)
    assert [True] == [case.names(key) for key in found], found


@pytest.mark.parametrize("case", [case for case in CASES.clauses if case.also], ids=lambda case: f"{case.property}: {case.says}")
def test_each_part_of_a_clause_is_broken_by_itself(case: Case) -> None:
    for one in case.also:
        assert [True] == [case.names((found.property, found.says)) for found in LAW.referee().judge(*other(case, one))], one


@pytest.mark.parametrize("case", [case for case in CASES.clauses if case.allows], ids=lambda case: f"{case.property}: {case.says}")
def test_a_step_that_comes_close_breaks_nothing(case: Case) -> None:
    for one in case.allows:
        assert [] == [found.says for found in LAW.referee().judge(*other(case, one))], one


def test_every_clause_has_its_case() -> None:
    """One that was added to spec/properties.yaml needs a step that breaks it in tests/data/properties.yaml."""
    assert dict.fromkeys(CLAUSES, 1) == {key: sum(case.names(key) for case in CASES.clauses) for key in CLAUSES}
    assert [1] * len(CASES.clauses) == [sum(case.names(key) for key in CLAUSES) for case in CASES.clauses]


def test_readme_lists_every_named_property() -> None:
    """Rewrite it by `nox -s verify -- --readme`."""
    text = README.read_text(encoding="utf-8")
    assert replaced(text, named_table.table(LAW), named_table.BEGIN, named_table.END) == text


def test_what_happens_around_a_pod_is_judged_live_and_in_every_state(tmp_path: Path) -> None:
    """A law that drops the claim of a scheduled pod breaks *Claims* by an event of the claim."""
    guard = "not any(q.deletion in ('live', 'deleting') and q.api.node {} '' and any(v.claim == claim.name"
    law = changed_law(tmp_path, "cluster.yaml", guard.format("!="), guard.format("=="))
    spec = {"containers": [{"name": "app"}], "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}
    cluster = Cluster([{"metadata": {"name": "web", "uid": "web"}, "spec": spec}], claims=[Claim("data")], law=law)
    for event in ("delete_claim", "drop_claim"):
        cluster.apply(event, "data")
    assert ["Claims"] == [one.property for one in cluster.broken]
    assert {"Claims"} == {one.property for one in explore("claim", law).violations}
