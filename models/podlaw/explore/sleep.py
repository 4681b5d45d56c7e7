"""Which steps commute, so that a search need not take both in either order: the sleep sets of Godefroid, which leave out edges and no state.

Let a state s have been found first by step a from p, and let c be a step from p that was taken before a, or need not be taken. If
a and c commute, then c from s leads where a leads from the state that c led to from p; that one was found before s and
is expanded before s. So c is asleep in s: whoever expands s knows without a look that it leads to a state that is known.

Most steps do something in common, such as to publish what waits to be published, and it rarely changes anything. A state
in which it changes nothing is called quiet; there a step is what it does besides. Steps are therefore compared as what they
are in quiet states, and commute where p and the states after a and after c are quiet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import msgspec

from podlaw.ground.nodes import Node, Value, const, nodes, rebuilt, var, variables
from podlaw.ground.steps import Step
from podlaw.ground.values import Domains, values

Changes = tuple[tuple[str, Node], ...]


class Sleep(msgspec.Struct, frozen=True):
    """What a search needs to know: the steps settled; one whose changes of the first part are the common ones if there are any;
    for each step the bits of those that commute with it, and whether it changes the first part of a quiet state.
    """

    steps: tuple[Step, ...]
    common: int | None
    commuting: tuple[int, ...]
    touching: tuple[bool, ...]


class Act(msgspec.Struct, frozen=True):
    """What a step reads and writes in a quiet state, and whether it writes to the first part."""

    reads: frozenset[str]
    writes: frozenset[str]
    touching: bool

    def commutes(self, other: Act) -> bool:
        """Return whether neither writes what the other reads or writes; nor may both change what is published, so that every change is taken once."""
        apart = self.writes.isdisjoint(other.reads | other.writes) and other.writes.isdisjoint(self.reads)
        return apart and not (self.touching and other.touching)


def sleep(steps: Sequence[Step], domains: Mapping[str, Collection[Value]], first: Collection[str]) -> Sleep:
    """Return which steps commute where the changes of the variables ``first`` that most steps share change nothing."""
    known: Domains = {name: frozenset(domain) for name, domain in domains.items()}
    plain = [settled(step, known, {}) for step in steps]
    of_first = [tuple((name, node) for name, node in step.changes.items() if name in first) for step in plain]
    common = shared(of_first, first)
    same = {node: var(name) for name, node in common if node.args}
    acts = [act(settled(step, known, same), first) for step in plain]
    commuting = (sum(1 << place for place, other in enumerate(acts) if one.commutes(other)) for one in acts)
    return Sleep(tuple(plain), of_first.index(common) if common else None, tuple(commuting), tuple(one.touching for one in acts))


def shared(changes: Sequence[Changes], first: Collection[str]) -> Changes:
    """Return the changes of the first part that many steps make, and rest on it alone; the least folded by guards if there are several."""
    read = {most: variables(node for _, node in most) for most, count in Counter(changes).items() if most and count > 1 and 8 * count >= len(changes)}
    return max((most for most in read if read[most] <= set(first)), key=lambda most: len(read[most]), default=())


def settled(step: Step, domains: Domains, same: Mapping[Node, Node]) -> Step:
    """Return a step with everything replaced that has one value only, or is the ``same`` as something else."""
    while True:
        roots = (step.guard, step.boundary, *step.changes.values())
        single = {node: const(next(iter(may))) for node, may in values(nodes(roots), domains).items() if len(may) == 1}
        done = rebuilt(roots, lambda leaf: leaf, {**single, **same})
        after = {name: done[node] for name, node in step.changes.items()}
        again = Step(step.event, step.pod, step.values, done[step.guard], done[step.boundary], after)
        if again == step:
            return step
        step = again


def act(step: Step, first: Collection[str]) -> Act:
    """Return what a step does."""
    changes = {name: node for name, node in step.changes.items() if node is not var(name)}
    reads = variables((step.guard, step.boundary, *changes.values()))
    return Act(frozenset(reads), frozenset(changes), not changes.keys().isdisjoint(first))
