"""Recordings as nodes with an address would have written them; those of the recorded cluster have none."""

from __future__ import annotations

import gzip
import json
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

TRACES: Final = Path(__file__).parent / "data" / "traces"
HOST: Final = "192.0.2.7"


def addressed(event: dict[str, Any]) -> dict[str, Any]:
    """Return a watch event whose statuses carry the address of their node, wherever a sync has computed them (NET-11)."""
    made = deepcopy(event)
    status, host = made["object"].get("status", {}), {"hostIP": HOST, "hostIPs": [{"ip": HOST}]}
    if any(status.get(kind) for kind in ("initContainerStatuses", "containerStatuses")):
        status |= host | ({"podIP": HOST, "podIPs": [{"ip": HOST}]} if made["object"]["spec"].get("hostNetwork") else {})
    return made


def watched(family: str) -> list[dict[str, Any]]:
    """Return the watch events of a recorded family, with addresses."""
    with gzip.open(TRACES / family / "watch.jsonl.gz") as file:
        return [addressed(json.loads(line)) for line in file]
