"""What is around a pod of the model: the other pods, the nodes and the claims of its cluster.

The structs mirror ``World``, ``Node`` and ``Claim`` of spec/types.yaml; how they change stands in spec/events.yaml.
"""

from __future__ import annotations

from typing import Final

import msgspec

from podlaw.pod import Life


class Node(msgspec.Struct, frozen=True):
    """One node of the model: its object in the API, and the kubelet that runs there."""

    name: str


class Claim(msgspec.Struct, frozen=True):
    """One persistent volume claim."""

    name: str


class World(msgspec.Struct, frozen=True):
    """Every pod, node and claim that an event may look at; a pod alone knows of none."""

    pods: tuple[Life, ...] = ()
    nodes: tuple[Node, ...] = ()
    claims: tuple[Claim, ...] = ()


ALONE: Final = World()
