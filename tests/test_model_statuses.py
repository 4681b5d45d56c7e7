"""What statuses show and what a sync plans, one property each; the lives stand in tests/data/statuses.yaml."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from derivation_cases import Given, life, merged
from podlaw.law import Law
from podlaw.model import Model
from test_model_effects import facts, published

STATUSES = yaml.safe_load((Path(__file__).parent / "data" / "statuses.yaml").read_text(encoding="utf-8"))


@cache
def model(version: str, gates: tuple[str, ...]) -> Model:
    return Model(Law(version, gates={"kubelet": dict.fromkeys(gates, True)}))


def cases() -> Iterator[Any]:
    for group in STATUSES:
        for case in group["cases"]:
            given = merged(group["life"], case.get("life", {}))
            yield pytest.param(case.get("event", group["event"]), {**case, "life": given}, id=f"{group['group']}: {case['says']}")


def shown(event: str, case: Given) -> dict[str, object]:
    """Return what the written status, or else the cached one, shows after an event, and all other facts of the life."""
    law = model(str(case.get("law", "1.36")), tuple(case.get("gates", ())))
    after = law.apply(life({"now": 50.5, **case["life"]}), event, case.get("values", {}))
    assert after is not None
    return facts(after) | published(after.api if event == "publish" else after.cached)


@pytest.mark.parametrize(("event", "case"), list(cases()))
def test_a_status_shows_this(event: str, case: Given) -> None:
    found = shown(event, case)
    assert case["shows"] == {path: found[path] for path in case["shows"]}
