"""What `podlaw simulate` reads, prints and writes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from podlaw.cluster import Cluster
from podlaw.errors import InputError
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
    """Write the picture, whole or not at all; raise InputError where it cannot be written."""
    part = path.with_suffix(path.suffix + ".part")
    try:
        part.write_text(svg(cluster), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}; name a file that can be written") from None
