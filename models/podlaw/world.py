"""What is around a pod of the model: the other pods, the nodes, claims and controllers of its cluster.

The structs mirror ``World``, ``Node``, ``Claim`` and ``Controller`` of spec/types.yaml; how they change stands in spec/cluster.yaml.
"""

from __future__ import annotations

from typing import Final

import msgspec

from podlaw.pod import Life


class Node(msgspec.Struct, frozen=True):
    """One node: its object in the API, its kubelet, and what the node controller last said of it."""

    name: str
    object: str = "present"
    kubelet: str = "up"
    ready: str = "True"


class Claim(msgspec.Struct, frozen=True):
    """One persistent volume claim; ``owner`` is the uid of the pod that owns it, or nothing."""

    name: str
    owner: str = ""
    claim: str = "present"


class Controller(msgspec.Struct, frozen=True):
    """A controller that replaces pods: its kind, its name, and how many pods it wants."""

    kind: str
    name: str
    replicas: int = 1


class World(msgspec.Struct, frozen=True):
    """Everything that an event may look at; a pod alone knows of nothing around it."""

    pods: tuple[Life, ...] = ()
    nodes: tuple[Node, ...] = ()
    claims: tuple[Claim, ...] = ()
    controllers: tuple[Controller, ...] = ()


ALONE: Final = World()
