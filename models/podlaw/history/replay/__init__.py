"""Replay a recording of a real kubelet: some run of the model must make every call and write that it shows."""

from __future__ import annotations

from pathlib import Path

from podlaw.history.replay.recording import Observed, acts, recorded
from podlaw.history.replay.report import Family, as_json, as_text
from podlaw.history.replay.restarts import settled, silences
from podlaw.history.replay.run import Disagreement, Replayed, Run, replayed
from podlaw.law import Law
from podlaw.model import Model

__all__ = ["Disagreement", "Family", "Observed", "Replayed", "Run", "acts", "as_json", "as_text", "recorded", "replay", "replayed", "settled", "silences"]


def replay(directory: Path, law: Law | None = None) -> list[Replayed]:
    """Replay every pod of one recorded family; raise InputError where its files cannot be read."""
    model = Model(law or Law())
    found = settled(recorded(directory), list(silences(acts(directory))), lambda key, observed: replayed(model, *key, observed))
    return list(found.values())
