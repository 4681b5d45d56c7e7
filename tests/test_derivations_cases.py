"""Hand-made cases of the derivations that no recording asks directly: what a sync publishes, plans and writes."""

from functools import cache

import pytest

from derivation_cases import CASES, Case, all_cases, arguments
from podlaw.law import Law
from podlaw.tables import SERVED

ALL = list(all_cases())


@cache
def law(version: str, gates: tuple[tuple[str, bool], ...], by: str = "kubelet") -> Law:
    return Law(version, gates={by: dict(gates)})


@cache
def lagging(version: str, gates: tuple[tuple[str, bool], ...]) -> Law:
    """Return the law of a kubelet whose API server is as much newer as it may be, with all its default gates."""
    newer = f"1.{min(int(version.removeprefix('1.')) + 3, 36)}"
    return Law(kubelet=version, apiserver=newer, gates={"kubelet": dict(gates)})


def plain(value: object) -> object:
    """Return a record as a mapping, and everything else as it is."""
    return value._asdict() if hasattr(value, "_asdict") else value


@pytest.mark.parametrize(("table", "case"), ALL, ids=[f"{table}: {case.says}" for table, case in ALL])
def test_a_derivation_gives_what_the_kubelet_computes_and_by_that_row(table: str, case: Case) -> None:
    its = law(case.law, tuple(case.gates.items()), case.by)
    given = arguments(its, table, case.given)
    assert (case.gives, case.row) == (plain(its.functions[table](*given)), its.decide(table, *given).row)


@pytest.mark.parametrize(("table", "case"), [(table, case) for table, case in ALL if (case.gates or case.law != "1.36") and case.by == "kubelet"])
def test_the_kubelet_computes_by_its_own_version_and_gates(table: str, case: Case) -> None:
    its = lagging(case.law, tuple(case.gates.items()))
    assert case.gives == plain(its.functions[table](*arguments(its, table, case.given)))


def test_every_row_of_these_derivations_has_a_case() -> None:
    tables = {table for table, _ in ALL}
    rows = {(name, row.spec.row) for name, table in Law().whole.tables.items() if name in tables for row in table.rows}
    assert set() == rows - {(table, case.row) for table, case in ALL}


def test_every_derivation_of_the_model_has_cases() -> None:
    asked = {table for table, _ in ALL}
    used = {name for name, table in Law().whole.tables.items() if table.where.split(":")[0].rpartition("/")[2] in {path.name for path in CASES.glob("*.yaml")}}
    assert set() == {name for name in used if not name.endswith(SERVED)} - asked  # the API server's versions have the same rows
