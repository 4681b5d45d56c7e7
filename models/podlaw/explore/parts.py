"""Which variables of a scope belong together: a search stores the values of such a part once, and a state as one number per part."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from podlaw.ground.domains import Finite
from podlaw.ground.nodes import Node, variables


def parts(form: Finite, shown: Callable[[str], bool]) -> tuple[tuple[str, ...], ...]:
    """Return the variables by part, those that are ``shown`` in the first.

    A part is what has few values together. That is so within one record, and where most of a record is copied from another,
    as a cache is from what it caches; of a pod's own fields those belong to what is published that often decide about it. It
    is only a guess, on which the speed rests and nothing else.
    """
    pods = {step.pod for step in form.steps if step.pod}
    home = {name: ("",) if shown(name) else record(name, pods) for name in form.domains}
    home |= {name: ("",) for name in deciding(form, shown) if home[name][1:] == (".",)}
    members: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, owner in home.items():
        members[owner].append(name)
    copied: dict[tuple[tuple[str, ...], tuple[str, ...]], set[str]] = defaultdict(set)
    for step in form.steps:
        for name, node in step.changes.items():
            for source in sources(node):
                copied[home[name], home[source]].add(name)
    joined = {owner: owner for owner in members}
    for (owner, other), names in copied.items():
        if 2 * len(names) >= len(members[owner]) and joined[owner] != joined[other]:
            old = joined[owner]
            joined = {one: joined[other] if to == old else to for one, to in joined.items()}
    together: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, owner in sorted(home.items(), key=lambda item: item[1] != ("",)):
        together[joined[owner]].append(name)
    return tuple(map(tuple, together.values()))


def deciding(form: Finite, shown: Callable[[str], bool]) -> set[str]:
    """Return the variables that at least a quarter of the steps which change what is shown read for that."""
    changes = [[node for name, node in step.changes.items() if shown(name)] for step in form.steps]
    read = Counter(name for nodes in changes for name in variables(nodes))
    return {name for name, count in read.items() if 4 * count >= sum(map(bool, changes))}


def record(name: str, pods: set[str]) -> tuple[str, ...]:
    """Return whose record holds a variable: its pod and the first field, `[app]` of `web[app].run.state`; a pod's own fields are one record."""
    pod = next((p for p in pods if name.startswith((f"{p}.", f"{p}["))), "")
    own = name.removeprefix(pod).removeprefix(".")
    head = own.partition("]")[0] if own.startswith("[") else own.partition("[")[0].partition(".")[0]
    return (pod, head if head != own else ".")


def sources(node: Node) -> Iterator[str]:
    """Yield the variables that an expression may be a copy of."""
    if node.op == "if":
        yield from sources(node.args[1])
        yield from sources(node.args[2])
    elif node.op == "var":
        yield str(node.value)
