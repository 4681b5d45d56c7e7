"""The named properties of the law over the variables of a ground form: when each is violated, and when its *if* holds."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from podlaw.ground.nodes import FALSE, Node, conjunction, negation
from podlaw.ground.rules import before
from podlaw.ground.steps import Around
from podlaw.ground.symbolic import Meaning
from podlaw.law import Law
from podlaw.properties import Property


class Asked(msgspec.Struct, frozen=True):
    """One property of one pod of a scope: where it is violated, and where its *if* holds; a step speaks of old variables too."""

    property: Property
    pod: str
    premise: Node
    violated: Node


def asked(law: Law, around: Around, meaning: Meaning) -> Iterator[Asked]:
    """Yield every property of this version for every pod of a scope, as it stands."""
    every = [one for one in law.properties if not one.spec.clock]
    was = before(around.world)
    for pod, life in around.pods.items():
        old = before(life)
        for one in every:
            names = {"life": life, "world": around.world, **({"old": old, "was": was} if one.spec.kind == "step" else {})}
            premise = meaning.of(one.premise, names)
            violated = FALSE if premise is FALSE else conjunction((premise, negation(meaning.of(one.then, names))))
            yield Asked(one, pod, premise, violated)
