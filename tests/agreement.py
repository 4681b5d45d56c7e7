"""Compare the law with what Kubernetes' own functions computed, and count which rows decided."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from podlaw.law import Law
from podlaw.snapshot import snapshot

DATA = Path(__file__).parent / "data"
PUBLISHED = ("phase", "containers_ready", "ready", "initialized", "columns")  # tables that the vectors ask directly
COUNTED = (*PUBLISHED, "exit_code", "may_restart", "restart")  # and those which they call
Row = tuple[str, str]  # table, row


class Agreement(msgspec.Struct, frozen=True):
    """How many results were compared, which differ, and how often each row decided."""

    results: int
    differences: tuple[str, ...]
    decided: Counter[Row]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the JSON documents of a compressed file of one document a line."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def cases() -> list[dict[str, Any]]:
    """Return the hand-made cases: vectors with what they show, their rule, table and row; parts may be left out."""
    found = [case for path in sorted((DATA / "cases").glob("*.yaml")) for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]]
    return [{**case, "pod": {**case["pod"], "metadata": {"name": "hand", "uid": "made", **case["pod"].get("metadata", {})}}} for case in found]


@cache
def vectors(name: str) -> Agreement:
    """Compare one file of vectors."""
    return compared(lines(DATA / "vectors" / f"{name}.jsonl.gz"))


def names() -> list[str]:
    """Return the files of vectors."""
    return sorted(path.name.removesuffix(".jsonl.gz") for path in (DATA / "vectors").glob("*.jsonl.gz"))


def compared(documents: Iterable[dict[str, Any]]) -> Agreement:
    """Compare every result of every vector with the law of its version."""
    decided: Counter[Row] = Counter()
    differences, results = [], 0
    for number, vector in enumerate(documents):
        law, counts = counting(json.dumps(vector["law"], sort_keys=True))
        counts.clear()
        for what, expected, found in outcomes(law, vector):
            results += 1
            if expected != found:
                differences.append(f"{number}: {what} of {vector['pod']['metadata']['name']} is {expected}, the law says {found}")
        decided.update(counts)
    return Agreement(results, tuple(differences), decided)


def outcomes(law: Law, vector: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    """Yield what was asked, what Kubernetes computed and what the law says."""
    pod = snapshot(vector["pod"])
    for flags, phase in vector.get("phase", {}).items():
        stopped, active = flags.split("/")
        yield f"phase {flags}", phase, law.phase(pod, stopped == "stopped", active == "active")
    if "conditions" in vector:
        for expected, found in zip(vector["conditions"], law.conditions(pod), strict=True):
            yield expected["type"], {"reason": "", **expected}, found
    if "columns" in vector:
        yield "columns", vector["columns"], {name: str(value) for name, value in law.columns(pod).items()}
    for asked in vector.get("restart", ()):
        yield f"restart of {asked['container']} after {asked['code']}", asked["answer"], law.restart(pod, asked["container"], asked["code"])


@cache
def counting(chosen: str) -> tuple[Law, Counter[Row]]:
    """Return a law whose tables count the row that decides each evaluation, nested ones included, and the counts."""
    decided: Counter[Row] = Counter()
    law, plain = Law(**json.loads(chosen)), Law(**json.loads(chosen))
    for table in COUNTED:
        law.functions[table] = _counting(table, law.functions[table], plain, decided)
    return law, decided


def _counting(table: str, function: Callable[..., Any], plain: Law, decided: Counter[Row]) -> Callable[..., Any]:
    def counted(*arguments: Any) -> Any:
        decided[table, plain.decide(table, *arguments).row] += 1
        return function(*arguments)

    return counted


def rows() -> list[Row]:
    """Return every row, of any version, of the tables that the vectors reach."""
    return [(table, row.spec.row) for table in COUNTED for row in Law().whole.tables[table].rows]
