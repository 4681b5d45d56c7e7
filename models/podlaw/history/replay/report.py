"""Replayed families as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from podlaw.history.replay.run import Replayed
from podlaw.printable import printable


class Family(msgspec.Struct, frozen=True):
    """One recorded family and its replayed pods."""

    name: str
    lives: tuple[Replayed, ...]

    @property
    def agreeing(self) -> int:
        """Return how many pods agree from their first to their last snapshot."""
        return sum(not one.disagreements and not one.open for one in self.lives)

    @property
    def snapshots(self) -> int:
        """Return how many snapshots the kubelet wrote."""
        return sum(one.snapshots for one in self.lives)

    @property
    def agreed(self) -> int:
        """Return how many of them some run of the model writes."""
        return sum(one.agreed for one in self.lives)


def as_json(families: Sequence[Family]) -> str:
    """Return one JSON object: per family its counts, and of each pod the first disagreement and why the rest is not judged, if it is not."""
    return msgspec.json.format(msgspec.json.encode({"families": [_family(one) for one in families]}), indent=2).decode()


def as_text(families: Sequence[Family]) -> str:
    """Return the disagreements under their pods, and a table of the families."""
    return "\n".join([*(line for one in families for line in _disagreements(one)), *_table(families)])


def _family(family: Family) -> dict[str, Any]:
    lives = [
        {"name": one.name, "uid": one.uid, "snapshots": one.snapshots, "agreed": one.agreed, "first": next(iter(one.disagreements), None), "open": one.open}
        for one in family.lives
    ]  # fmt: skip
    counts = {"pods": len(lives), "agreeing": family.agreeing, "snapshots": family.snapshots, "agreed": family.agreed}
    return {"family": family.name, **counts, "lives": lives}


def _disagreements(family: Family) -> Iterator[str]:
    for one in family.lives:
        if one.disagreements or one.open:
            yield printable(f"{family.name}/{one.name}: {one.agreed} of {one.snapshots} snapshots agree")
        for missed in one.disagreements:
            yield printable(f"  at {missed.time:.3f}, {missed.event}: {missed.message}")
        if one.open:
            yield printable(f"  not judged: {one.open}")


def _table(families: Sequence[Family]) -> Iterator[str]:
    width = max([len("family"), *(len(one.name) for one in families)])
    yield f"{'family':{width}}  {'pods':>5} {'agree':>5}  {'snapshots':>9} {'agree':>6}"
    for one in families:
        yield f"{printable(one.name):{width}}  {len(one.lives):5} {one.agreeing:5}  {one.snapshots:9} {one.agreed:6}"
