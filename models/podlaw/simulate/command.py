"""What `podlaw simulate` reads, prints and writes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from podlaw import files
from podlaw.cluster import Cluster
from podlaw.law import Law
from podlaw.simulate import play, simulate
from podlaw.simulate.picture import svg
from podlaw.simulate.script import admitted, manifests, script
from podlaw.simulate.timeline import text, watch


def simulated(files: Iterable[str], events: str | None, seed: int, steps: int, nodes: int, law: Law) -> Cluster:
    """Return the cluster of some manifest files after a script, or after random steps; raise InputError."""
    pods = list(admitted((one for path in files for one in manifests(path)), law))
    return simulate(pods, nodes, law, seed=seed, steps=steps) if events is None else play(pods, script(events), nodes, law)


def shown(cluster: Cluster, shape: str) -> str:
    """Return the timeline, or the watch events that `podlaw check` reads, one a line."""
    return text(cluster) if shape == "text" else "\n".join(json.dumps(event) for event in watch(cluster))


def drawn(cluster: Cluster, path: Path) -> None:
    """Write the picture; raise InputError where it cannot be written."""
    files.write(path, svg(cluster))
