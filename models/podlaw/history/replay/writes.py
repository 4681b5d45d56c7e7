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
    if new.uid != old.uid:
        yield "create_mirror", {}
    elif new.node and not old.node:
        yield "bind", {"node": new.node}
    elif new.deleting and new.deletion_grace == 0 and old.deletion_grace != 0:
        yield "finish", {}
        yield "delete", {"grace": 0}
        yield "delete_mirror", {}
    elif new.deleting and not old.deleting:
        yield "delete", {"grace": new.deletion_grace or 0}
    elif (added := [c.name for b, c in zip(old.ephemeral, new.ephemeral, strict=False) if c.declared and not b.declared]):
        yield "add_ephemeral", {"container": added[0]}
    elif (changed := [c.name for c in new.all if any(c.name == o.name and c.image != o.image for o in old.all)]):
        yield "change_image", {"container": changed[0]}
    elif new.finalizers != old.finalizers:
        yield "set_finalizers", {"finalizers": new.finalizers}


def unseen(*pods: Snapshot) -> Iterator[tuple[str, Values]]:
    """Yield the events that nothing but a published reason shows, for what is published now and next."""
    waiting = {(c.name, c.reason): c for pod in pods for c in pod.all if c.state == "waiting" and c.reason}
    for name, reason in waiting:
        yield "fail_prepare", {"container": name, "reason": reason}
