"""Hypothesis profiles: `dev` is quick, `ci` thorough and derandomised, `deep` runs for hours."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from podlaw import law

if "PODLAW_SPEC" in os.environ:  # tests/mutate.py runs the tests on a changed copy of the law; nothing else reads this variable
    law.SPEC = Path(os.environ["PODLAW_SPEC"])

settings.register_profile("dev", max_examples=25, stateful_step_count=20, deadline=None)
settings.register_profile("ci", max_examples=60, stateful_step_count=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", max_examples=20_000, stateful_step_count=80, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests, so that none keeps one processor busy alone at the end; tests of one scope follow each other and share its ground form."""
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, scope(item)))


def scope(item: pytest.Item) -> str:
    """Return the scope that a test explores, or nothing."""
    return str(item.callspec.params.get("name", "")) if hasattr(item, "callspec") and item.path.parent.name == "explore" else ""
