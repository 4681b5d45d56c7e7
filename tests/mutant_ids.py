"""Mutants for rule ids: every encoded id has one that loads, and a law with it is noticed or not."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import rule_ids
from mutants import Mutant

TRIES = 12  # mutants of one id that may be refused at load, or mean the same, before another is tried no more
Key = tuple[str, str, str, str]


def key(mutant: Mutant) -> Key:
    """Return what names a mutant while lines move."""
    return mutant.file, mutant.place, mutant.change, mutant.text


def own(mutant: Mutant) -> tuple[str, ...]:
    """Return the ids of the entry that a mutant changes: the nearest that bears any."""
    return mutant.rules[0] if mutant.rules else ()


def candidates(every: Iterable[Mutant], seed: int) -> dict[str, list[Mutant]]:
    """Return the mutants of every encoded id in a seeded order; some id may have none."""
    found: dict[str, list[Mutant]] = {rule: [] for rule in sorted(rule_ids.encoded())}
    for one in every:
        for rule in own(one):
            found[rule].append(one)
    return {rule: Random(f"{seed}/{rule}").sample(some, len(some)) for rule, some in found.items()}


def pending(found: dict[str, list[Mutant]], tried: set[Key], settled: set[str]) -> list[Mutant]:
    """Return the next mutant of every id that is not settled yet; one may serve several, and those come first."""
    chosen: dict[Key, Mutant] = {}
    served = set(settled)
    for rule, some in sorted(found.items(), key=lambda pair: len(pair[1])):
        if rule not in served:
            following = next((one for one in some[:TRIES] if key(one) not in tried), None)
            if following is not None:
                chosen[key(following)] = following
                served.update(own(following))
    return sorted(chosen.values(), key=lambda one: -len(own(one)))
