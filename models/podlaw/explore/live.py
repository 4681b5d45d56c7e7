"""The same scope on the live `transitions` machines: the other engine, to hold the ground form against."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from podlaw.derive import BUILTINS
from podlaw.ground.fuse import following
from podlaw.ground.nodes import Value
from podlaw.ground.records import GATES
from podlaw.ground.scope import CHOSEN, Placed, Values
from podlaw.ground.steps import included
from podlaw.law import Law
from podlaw.model import process
from podlaw.oracle import Oracle
from podlaw.pod import Life
from podlaw.types import Type
from podlaw.versions import changed

_KINDS = {"processes": "Process", "all": "Container", "readiness_gates": "ReadinessGate", "scheduling_gates": "HeldGate"}
Question = tuple[str, object, object, object]
State = tuple[Life, ...]  # one life a pod


class Clock:
    """Answers every question about time as it is told to, and notes the questions."""

    def __init__(self) -> None:
        self.told: dict[Question, bool] = {}
        self.asked: list[Question] = []

    def answer(self, kind: str, since: float | None, until: float | None, delay: float) -> bool:
        """Return the answer that was told, or true to a new question."""
        if since is None or until is None:
            return False
        question = (kind, since, until, delay)
        if question not in self.told:
            self.told[question] = True
            self.asked.append(question)
        return self.told[question]

    def functions(self) -> dict[str, Callable[..., bool]]:
        """Return what stands for the law's functions of time."""
        return {kind: lambda *given, kind=kind: self.answer(kind, *given) for kind in ("elapsed", "exceeds")}


class Live:
    """Every step of a scope on live machines, time standing still and the clock answering either way.

    With ``timed`` the clock answers by the instants of the lives, and time passes as `wait` says. ``fired`` counts how
    often each row of each table has decided.
    """

    def __init__(self, law: Law, placed: Placed, *, timed: bool = False) -> None:
        self.clock, self.placed = Clock(), placed
        s = law.selection
        self.law = Law(apiserver=s.apiserver, kubelet=s.kubelet, gates=changed(law.whole.versions, s), spec=law.whole.directory)
        if not timed:
            self.law.clock = self.clock.functions()
        self.fired = watched(self.law)
        self.events = included(self.law, placed)
        self.lives = placed.lives()
        self.oracles = {name: Oracle(life.api, law=self.law, eager=False) for name, life in self.lives.items()}
        self.followed = {name: [e.spec.event for e in following(self.law, event, placed.spec.fuse)] for name, event in self.events.items()}

    def start(self) -> State:
        """Return the lives right after creation."""
        return tuple(self.lives.values())

    def steps(self, state: State) -> Iterator[tuple[str, str, Values, State]]:
        """Yield every step that can happen: the pod, the event, its parameters, and the state after it."""
        for place, (name, oracle) in enumerate(self.oracles.items()):
            for event in self.events:
                if event in self.placed.spec.fuse:
                    continue
                for values in self._choices(oracle, event, state[place]):
                    shown = {k: v for k, v in values.items() if k not in (*CHOSEN, "id")}
                    for after in self._answers(oracle, state[place], event, values):
                        yield name, event, shown, (*state[:place], after, *state[place + 1 :])

    def wait(self, state: State, seconds: int) -> State:
        """Return the lives after some seconds in which nothing else happens."""
        return tuple(fired(oracle, life, "wait", {"seconds": seconds}) or life for oracle, life in zip(self.oracles.values(), state, strict=True))

    def _choices(self, oracle: Oracle, event: str, life: Life) -> Iterator[Values]:
        spec = oracle.model.events[event].spec
        for container in [p.spec.name for p in life.processes] if spec.of_container else [""]:
            for given in self.placed.spec.events.get(event) or [{}]:
                values = {**({"container": container} if container else {}), **given, **CHOSEN, "id": fresh(life, container)}
                yield {name: values[name] for name in spec.parameters}

    def _answers(self, oracle: Oracle, life: Life, event: str, values: Values) -> Iterator[Life]:
        """Yield the lives after an event for every way in which the clock may answer."""
        todo: list[dict[Question, bool]] = [{}]
        while todo:
            told = todo.pop()
            self.clock.told, self.clock.asked = dict(told), []
            after = self._happened(oracle, life, event, values)
            answers = dict(told)
            for question in self.clock.asked:  # each new question could have been answered otherwise
                todo.append({**answers, question: False})
                answers[question] = True
            if after is not None and self._within(after):
                yield after

    def _happened(self, oracle: Oracle, life: Life, event: str, values: Values) -> Life | None:
        after = fired(oracle, life, event, values)
        if after is None:
            return None
        for name in self.followed[event]:
            for more in self._choices(oracle, name, after):
                after = fired(oracle, after, name, more) or after
        return after

    def _within(self, life: Life) -> bool:
        """Return whether every counter stays within its cap."""
        return all(_counted(life, counter) <= cap for counter, cap in self.placed.spec.caps.items())


def watched(law: Law) -> Counter[tuple[str, str]]:
    """Count from now on, by table and row, what the functions of a law decide."""
    counts: Counter[tuple[str, str]] = Counter()
    for name in law.tables:
        law.functions[name] = _counting(law, name, law.functions[name], counts)
    return counts


def _counting(law: Law, name: str, decide: Callable[..., Any], counts: Counter[tuple[str, str]]) -> Callable[..., Any]:
    def counted(*arguments: Any) -> Any:
        counts[name, law.decide(name, *arguments).row] += 1
        return decide(*arguments)

    return counted


def fired(oracle: Oracle, life: Life, event: str, values: Values) -> Life | None:
    """Let the oracle's machines make one event of a life, or return None where it is refused."""
    if oracle.model.refusal(life, event, values) is not None:
        return None
    oracle.live.place(life)
    oracle._fire(event, values)
    oracle._history.clear()
    return oracle.life


def fresh(life: Life, container: str) -> str:
    """Return the id of the container that would be created now, as the ground form numbers it."""
    if not container:
        return ""
    run = process(life, container).run
    return f"containerd://{run.attempt + 1 if run.sandbox != 0 else 0}"


def _counted(life: Life, counter: str) -> int:
    """Return the largest value in a life of a counter such as `run.attempt`, `[app].run.attempt` or `sandboxes`."""
    name, _, counter = counter.removeprefix("[").rpartition("].")
    processes = [p for p in life.processes if name in ("", p.spec.name)]
    owners = [life] if counter in life.__struct_fields__ else [*processes, *(() if name else (*life.api.all, *life.cached.all, *life.picked.all))]
    found = []
    for owner in owners:
        value: object = owner
        for part in counter.split("."):
            value = getattr(value, part, None)
        if isinstance(value, int):
            found.append(value)
    return max(found, default=0)


def facts(names: Iterable[str], lives: Mapping[str, Life]) -> Callable[[State], dict[str, Value]]:
    """Return a function that reads variables of the ground form off live pods, those of one owner at once."""
    owners: dict[tuple[int, str, int], dict[str, str]] = {}
    for name in names:
        owner, field = _owner(name, lives)
        owners.setdefault(owner, {})[name] = field
    readers = [(place, list(fields), _reader(copy, number, list(fields.values()))) for (place, copy, number), fields in owners.items()]
    return lambda state: {name: value for place, mine, read in readers for name, value in zip(mine, read(state[place]), strict=False)}


def still(law: Law, names: Iterable[str], lives: Mapping[str, Life]) -> Callable[[State], dict[str, Value]]:
    """Return the same function for pods whose time passes: every instant is read as the first, at which time stands still."""
    names = list(names)
    instants = [name for name in names if _kind(name, lives, law.whole.vocabulary.records) == "time"]
    ahead = {name: f"{name}_grace" for name in instants if name.endswith(".deletion")}  # an instant to come: so many seconds after it was asked for
    read, stamp = facts([*names, *ahead.values()], lives), BUILTINS["stamp"]

    def found(state: State) -> dict[str, Value]:
        values = read(state)
        for name in instants:
            if values[name] is not None:
                values[name] = stamp(values[ahead[name]] if name in ahead else 0) if isinstance(values[name], str) else 0
        return values

    return found


def _kind(name: str, lives: Mapping[str, Life], records: Mapping[str, Mapping[str, Type]]) -> str:
    """Return the name of a variable's type."""
    (_, copy, number), path = _owner(name, lives)
    kind = "Life" if number < 0 else _KINDS[copy.rpartition(".")[2]]
    for field in path.split("."):
        kind = records[kind][field].name
    return kind


def _owner(name: str, lives: Mapping[str, Life]) -> tuple[tuple[int, str, int], str]:
    """Split a variable's name, as `web.api[app].state`, into pod, list and place in it, and fields; -1 is no list."""
    pods = list(lives)
    pod = "" if pods == [""] else next(p for p in pods if name.startswith((f"{p}.", f"{p}[")))
    path = name[len(pod) :].lstrip(".")
    found = re.fullmatch(r"(\w*)\[([^\]]+)\]\.(.+)", path)
    if not found:
        return (pods.index(pod), "", -1), path
    copy, wanted, field = found.groups()
    listed, names = next((listed, names) for listed, names in _lists(lives[pod], copy) if wanted in names)
    return (pods.index(pod), listed, names.index(wanted)), field


def _lists(life: Life, copy: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each list of what has a name, by its path, with the names: of gates and containers of a copy, or of the containers of the model."""
    if not copy:
        yield "processes", [p.spec.name for p in life.processes]
        return
    pod = getattr(life, copy)
    yield from ((f"{copy}.{field}", [getattr(g, key) for g in getattr(pod, field)]) for field, key in GATES.items())
    yield f"{copy}.all", [c.name for c in pod.all]


def _reader(copy: str, number: int, fields: list[str]) -> Callable[[Life], tuple[Any, ...]]:
    read = attrgetter(*fields, fields[0])  # of one field alone it would give no tuple
    if number < 0:
        return read
    every = attrgetter(copy)
    return lambda life: read(every(life)[number])
