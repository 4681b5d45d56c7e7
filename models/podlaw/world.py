"""What is around a pod of the model: the other pods, the nodes, claims, controllers and budgets of its cluster.

The structs mirror ``World``, ``Node``, ``Claim``, ``Controller`` and ``Budget`` of spec/types.yaml; how they change stands in spec/cluster.yaml.
"""

from __future__ import annotations

from typing import Final

import msgspec

from podlaw.pod import Life


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One node: its object in the API, its kubelet, what the node controller last said of it, and why it takes no pods, with the key of its taint."""

    name: str
    object: str = "present"
    kubelet: str = "up"
    ready: str = "True"
    pressure: str = "none"
    power: str = "on"
    taint: str = "none"
    key: str = "example.com/maintenance"


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One persistent volume claim; ``owner`` is the uid of the pod that owns it, or nothing."""

    name: str
    owner: str = ""
    claim: str = "present"


class FailureRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule of a Job's podFailurePolicy: of exit codes, or of the status of DisruptionTarget where it names one."""

    action: str
    container: str = ""
    operator: str = "In"
    values: tuple[int, ...] = ()
    disruption: str = "absent"


class Controller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A controller that replaces pods: its kind, its name, and how many pods it wants; of a Job, how many are to succeed and may fail, and whom it replaces."""

    kind: str
    name: str
    replicas: int = 1
    limit: int = 6
    replacement: str = "TerminatingOrFailed"
    failures: tuple[FailureRule, ...] = ()


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A PodDisruptionBudget: the names of its pods, how many are to be healthy, and whether one that is not ready may always be evicted."""

    name: str
    pods: tuple[str, ...]
    minimum: int
    unready: bool = False


class World(msgspec.Struct, frozen=True):
    """Everything that an event may look at; a pod alone knows of nothing around it."""

    pods: tuple[Life, ...] = ()
    nodes: tuple[Node, ...] = ()
    claims: tuple[Claim, ...] = ()
    controllers: tuple[Controller, ...] = ()
    budgets: tuple[Budget, ...] = ()


ALONE: Final = World()
