"""Which events of the law explain a write that is not the kubelet's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from podlaw.model import Values
from podlaw.snapshot import Snapshot

METADATA: Final = ("node", "deleting", "deletion_grace", "generation", "finalizers")


def foreign(old: Snapshot, new: Snapshot) -> bool:
    """Return whether metadata or spec changed, which a kubelet's status write never does."""
    return any(getattr(old, field) != getattr(new, field) for field in METADATA)


def writes(old: Snapshot, new: Snapshot) -> Iterator[tuple[str, Values]]:
    """Yield the events that explain a change of metadata or spec; nothing for a status write."""
    if new.node and not old.node:
        yield "bind", {"node": new.node}
    elif new.deleting and new.deletion_grace == 0 and old.deletion_grace != 0:
        yield "finish", {}
        yield "delete", {"grace": 0}
    elif new.deleting and not old.deleting:
        yield "delete", {"grace": new.deletion_grace or 0}
    elif new.finalizers != old.finalizers:
        yield "set_finalizers", {"finalizers": new.finalizers}
