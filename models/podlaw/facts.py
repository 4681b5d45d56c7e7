"""What a published pod tells by several fields at once: what it asks of its node, who owns it, and who wrote its status."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

from podlaw import wire


class HostPort(msgspec.Struct, frozen=True):
    """One port of the node that the pod asks for."""

    port: int
    ip: str = ""
    protocol: str = "TCP"
    sidecar: bool = False


class Volume(msgspec.Struct, frozen=True):
    """One volume of the pod: `empty` (emptyDir), `claim` (a named claim), `ephemeral` (a claim of its own), or `other`."""

    name: str
    kind: Literal["empty", "claim", "ephemeral", "other"] = "other"
    claim: str = ""


@lru_cache(maxsize=1024)
def host_ports(text: bytes) -> tuple[HostPort, ...]:
    """Return the ports of the node that a spec asks for: those of app containers and sidecars, never of regular init containers (NET-07)."""
    spec = wire.spec(text)
    wanting = [(c, False) for c in spec.containers] + [(c, True) for c in spec.init_containers if c.policy == "Always"]
    return tuple(HostPort(p.port, p.ip, p.protocol, sidecar) for c, sidecar in wanting for p in c.ports if p.port > 0)


@lru_cache(maxsize=1024)
def best_effort(text: bytes) -> bool:
    """Return whether no container, nor the pod as a whole, asks for cpu or memory (MISC-03)."""
    spec = wire.spec(text)
    return not any(resources.sized for resources in (spec.resources, *(c.resources for c in (*spec.containers, *spec.init_containers))))


def volumes(text: bytes, pod: str) -> tuple[Volume, ...]:
    """Return the volumes of a spec; an ephemeral claim has the name of the ``pod`` in its own (VOL-06)."""

    def one(v: wire.Volume) -> Volume:
        if v.persistent is not None:
            return Volume(v.name, "claim", v.persistent.name)
        if v.ephemeral is not None:
            return Volume(v.name, "ephemeral", f"{pod}-{v.name}")
        return Volume(v.name, "other" if v.empty is None else "empty")

    return tuple(map(one, wire.spec(text).volumes))


def owner(owners: tuple[wire.Owner, ...]) -> tuple[str, str]:
    """Return kind and name of the controller that owns the pod, or nothing."""
    return next(((o.kind, o.name) for o in owners if o.controller), ("", ""))


def authors(managed: tuple[wire.Managed, ...]) -> tuple[str, ...]:
    """Return who wrote the status last; several when they wrote within one second."""
    times = [m.time for m in managed if m.subresource == "status"]
    return tuple([m.manager for m in managed if m.subresource == "status" and m.time == max(times)])
