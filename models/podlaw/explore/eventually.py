"""What must come about under weak fairness: no run avoids a goal for ever, unless some fair step is held back for ever.

A run that avoids the goal stays in the end within one strongly connected part of the states without it. Such a part is
fair where every fair step is taken inside it, or cannot happen in some state of it; then the goal need not be reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set

from podlaw.explore.search import Plain

Edges = dict[int, list[tuple[int, int]]]  # by state: the steps that can happen, and the states after them


def avoided(found: Plain, begins: Callable[[int], bool], goal: Callable[[int], bool], fair: Set[int]) -> int | None:
    """Return a state from which some fair run never reaches ``goal`` although ``begins`` held on the way, or None.

    States at a cap of the scope are left out of the question: nobody knows what would come after them.
    """
    edges, capped = _around(found, begins, goal)
    for state in sorted(edges):
        if not edges[state] and state not in capped:
            return state
    for part in _components(edges):
        inside = [(step, target) for state in part for step, target in edges[state] if target in part]
        if inside and not part & capped and _is_fair(edges, part, {step for step, _ in inside}, fair):
            return min(part)
    return None


def _around(found: Plain, begins: Callable[[int], bool], goal: Callable[[int], bool]) -> tuple[Edges, set[int]]:
    """Return the edges of all states that can be reached from where the question begins without meeting the goal."""
    todo = [n for n in range(found.states) if begins(n) and not goal(n)]
    edges: Edges = {}
    capped: set[int] = set()
    while todo:
        state = todo.pop()
        if state in edges:
            continue
        after, at_cap = found.successors(state)
        edges[state] = [(step, found.number[words]) for step, words in after]
        if at_cap:
            capped.add(state)
        todo += [target for _, target in edges[state] if not goal(target)]
    return edges, capped


def _is_fair(edges: Edges, part: set[int], taken: set[int], fair: Set[int]) -> bool:
    """Return whether every fair step is taken in a part, or cannot happen in some state of it."""
    always = fair - taken
    for state in part:
        always = always & {step for step, _ in edges[state]}
    return not always


def _components(edges: Edges) -> Iterator[set[int]]:
    """Yield the strongly connected parts, by Tarjan's algorithm without recursion."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    held: set[int] = set()
    for root in edges:
        if root in order:
            continue
        work = [(root, iter(edges[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        held.add(root)
        while work:
            state, rest = work[-1]
            for _, target in rest:
                if target not in edges:
                    continue
                if target not in order:
                    order[target] = low[target] = len(order)
                    stack.append(target)
                    held.add(target)
                    work.append((target, iter(edges[target])))
                    break
                if target in held:
                    low[state] = min(low[state], order[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[state])
                if low[state] == order[state]:
                    part = set()
                    while state not in part:
                        part.add(stack.pop())
                    held -= part
                    yield part
