"""The same scope on the live `transitions` machines: the other engine, to hold the ground form against."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from podlaw import schema
from podlaw.derive import BUILTINS
from podlaw.events import Event
from podlaw.ground.fuse import following
from podlaw.ground.nodes import Value
from podlaw.ground.records import GATES
from podlaw.ground.scope import CHOSEN, Placed, Values, earlier, numbered
from podlaw.ground.steps import included
from podlaw.law import Law
from podlaw.live import Live as Machines
from podlaw.machines import machines
from podlaw.model import Model, process
from podlaw.pod import Life
from podlaw.types import Type
from podlaw.versions import changed
from podlaw.world import ALONE, Claim, Node, World

_KINDS = {"processes": "Process", "all": "Container", "readiness_gates": "ReadinessGate", "scheduling_gates": "SchedulingGate"}
Question = tuple[str, str, object, object, object]
Subject = Life | Node | Claim
State = tuple[Subject, ...]  # one life a pod, then the nodes, then the claims


class Clock:
    """Answers every question about time as it is told to, and notes the questions."""

    def __init__(self) -> None:
        self.told: dict[Question, bool] = {}
        self.asked: list[Question] = []
        self.by = ""  # to whom something happens

    def answer(self, kind: str, since: float | None, until: float | None, delay: float) -> bool:
        """Return the answer that was told, or true to a new question."""
        if since is None or until is None:
            return False
        question = (self.by, kind, since, until, delay)
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
        self._attempt = self.law.functions["next_attempt"]
        self.fired = watched(self.law)
        self.model = Model(self.law)
        self.events = {name: event.spec for name, event in included(self.law, placed).items()}
        self.lives = placed.lives()
        self.subjects: dict[str, Subject] = {**self.lives, **{n.name: n for n in placed.spec.nodes}, **{c.name: c for c in placed.spec.claims}}
        kinds = machines(self.law)
        self.machines = {name: Machines(self.model, kinds, one) for name, one in self.subjects.items()}
        events = self.law.whole.program.events
        self.followed = {name: [e.spec.event for e in following(self.law, events[name], placed.spec.fuse)] for name in (*self.events, *_brought(self.events))}

    def start(self) -> State:
        """Return everything right after creation."""
        return tuple(self.subjects.values())

    def world(self, state: State) -> World:
        """Return everything as an event may look at it."""
        pods, nodes, claims = (
            tuple(s for s in state if isinstance(s, Life)), tuple(s for s in state if isinstance(s, Node)), tuple(s for s in state if isinstance(s, Claim)),
        )  # fmt: skip
        return World(pods, nodes, claims, tuple(self.placed.spec.controllers), tuple(self.placed.spec.budgets))

    def steps(self, state: State) -> Iterator[tuple[str, str, Values, State]]:
        """Yield every step that can happen: the pod, node or claim, the event, its parameters, and the state after it."""
        world = self.world(state)
        for name, subject in zip(self.subjects, state, strict=True):
            for event, spec in self.events.items():
                if event in self.placed.spec.fuse or spec.of != type(subject).__name__.lower().replace("life", "pod"):
                    continue
                for values in self._choices(event, subject):
                    shown = {k: v for k, v in values.items() if k not in (*CHOSEN, "id")}
                    for after in self._answers(name, state, event, values, world):
                        yield name, event, shown, after

    def wait(self, state: State, seconds: int) -> State:
        """Return everything after some seconds in which nothing else happens."""
        return tuple(
            self._fired(name, one, "wait", {"seconds": seconds}, ALONE) or one if isinstance(one, Life) else one
            for name, one in zip(self.subjects, state, strict=True)
        )

    def _choices(self, event: str, subject: Subject) -> Iterator[Values]:
        spec = self.model.events[event].spec
        for container in [p.spec.name for p in subject.processes] if spec.of_container and isinstance(subject, Life) else [""]:
            for given in self.placed.spec.events.get(event) or [{}]:
                values = {**({"container": container} if container else {}), **CHOSEN, **given, **self._fresh(spec, subject, container)}
                yield {name: values[name] for name in spec.parameters}

    def _fresh(self, event: Event, life: Subject, container: str) -> Values:
        """Return the id of the container that an event would create now, as the ground form numbers it."""
        if "id" not in event.parameters or not isinstance(life, Life):
            return {}
        return {"id": numbered(self._attempt(process(life, container)) + earlier(life.sandboxes))}

    def _answers(self, name: str, state: State, event: str, values: Values, world: World) -> Iterator[State]:
        """Yield the states after an event for every way in which the clock may answer."""
        todo: list[dict[Question, bool]] = [{}]
        while todo:
            told = todo.pop()
            self.clock.told, self.clock.asked = dict(told), []
            after = self._happened(name, state, event, values, world)
            answers = dict(told)
            for question in self.clock.asked:  # each new question could have been answered otherwise
                todo.append({**answers, question: False})
                answers[question] = True
            if after is not None and all(self._within(new) for new, old in zip(after, state, strict=True) if new is not old):
                yield after

    def _happened(self, name: str, state: State, event: str, values: Values, world: World) -> State | None:
        found = dict(zip(self.subjects, state, strict=True))
        one = self._whole(name, found[name], event, values, world)
        if one is None:
            return None
        brought = self.events[event].pods
        for pod in self.lives if brought else ():
            life = found[pod]
            if isinstance(life, Life) and life.api.node == name:
                found[pod] = self._whole(pod, life, brought, {}, ALONE) or life
        return tuple({**found, name: one}.values())

    def _whole(self, name: str, subject: Subject, event: str, values: Values, world: World) -> Subject | None:
        """Let an event happen with those that are fused with it."""
        after = self._fired(name, subject, event, values, world)
        if after is None:
            return None
        for fused in self.followed[event]:
            for more in self._choices(fused, after):
                after = self._fired(name, after, fused, more, world) or after
        return after

    def _fired(self, name: str, subject: Subject, event: str, values: Values, world: World) -> Subject | None:
        """Let the machines make one event of a pod, node or claim, or return None where it is refused."""
        self.clock.by = name
        if self.model.refusal(subject, event, values, world) is not None:
            return None
        self.machines[name].place(subject)
        return self.machines[name].fire(event, values, world)

    def _within(self, subject: Subject) -> bool:
        """Return whether every counter stays within its cap."""
        return not isinstance(subject, Life) or all(_counted(subject, counter) <= cap for counter, cap in self.placed.spec.caps.items())


def _brought(events: Mapping[str, schema.Event]) -> set[str]:
    return {spec.pods for spec in events.values() if spec.pods}


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


def _counted(life: Life, counter: str) -> int:
    """Return the largest value in a life of a counter such as `run.attempt`, `[app].run.attempt` or `sandboxes`."""
    name, _, counter = counter.removeprefix("[").rpartition("].")
    processes = [p for p in life.processes if name in ("", p.spec.name)]
    copies = (life.api, life.cached, life.picked)
    owners: list[object] = [*processes, *(() if name else (life, *copies, *(c for copy in copies for c in copy.all)))]
    found = []
    for owner in owners:
        value: object = owner
        for part in counter.split("."):
            value = getattr(value, part, None)
        if isinstance(value, int):
            found.append(value)
    return max(found, default=0)


def facts(names: Iterable[str], subjects: Mapping[str, Subject]) -> Callable[[State], dict[str, Value]]:
    """Return a function that reads variables of the ground form off live pods, those of one owner at once."""
    owners: dict[tuple[int, str, int], dict[str, str]] = {}
    for name in names:
        owner, field = _owner(name, subjects)
        owners.setdefault(owner, {})[name] = field
    readers = [(place, list(fields), _reader(copy, number, list(fields.values()))) for (place, copy, number), fields in owners.items()]
    return lambda state: {name: value for place, mine, read in readers for name, value in zip(mine, read(state[place]), strict=False)}


def still(law: Law, names: Iterable[str], subjects: Mapping[str, Subject]) -> Callable[[State], dict[str, Value]]:
    """Return the same function for pods whose time passes: every instant is read as the first, at which time stands still."""
    names = list(names)
    instants = [name for name in names if _kind(name, subjects, law.whole.vocabulary.records) == "time"]
    ahead = {name: f"{name}_grace" for name in instants if name.endswith(".deletion")}  # an instant to come: so many seconds after it was asked for
    read, stamp = facts([*names, *ahead.values()], subjects), BUILTINS["stamp"]

    def found(state: State) -> dict[str, Value]:
        values = read(state)
        for name in instants:
            if values[name] is not None:
                values[name] = stamp(values[ahead[name]] if name in ahead else 0) if isinstance(values[name], str) else 0
        return values

    return found


def _kind(name: str, subjects: Mapping[str, Subject], records: Mapping[str, Mapping[str, Type]]) -> str:
    """Return the name of a variable's type."""
    (place, copy, number), path = _owner(name, subjects)
    kind = type(list(subjects.values())[place]).__name__ if number < 0 else _KINDS[copy.rpartition(".")[2]]
    for field in path.split("."):
        kind = records[kind][field].name
    return kind


def _owner(name: str, subjects: Mapping[str, Subject]) -> tuple[tuple[int, str, int], str]:
    """Split a variable's name, as `web.api[app].state`, into pod, list and place in it, and fields; -1 is no list."""
    every = list(subjects)
    one = next((s for s in every if s and name.startswith((f"{s}.", f"{s}["))), "")
    path = name[len(one) :].lstrip(".")
    found = re.fullmatch(r"(\w*)\[([^\]]+)\]\.(.+)", path)
    if not found:
        return (every.index(one), "", -1), path
    copy, wanted, field = found.groups()
    listed, names = next((listed, names) for listed, names in _lists(subjects[one], copy) if wanted in names)
    return (every.index(one), listed, names.index(wanted)), field


def _lists(life: Any, copy: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each list of what has a name, by its path, with the names: of gates and containers of a copy, or of the containers of the model."""
    if not copy:
        yield "processes", [p.spec.name for p in life.processes]
        return
    pod = getattr(life, copy)
    yield from ((f"{copy}.{field}", [getattr(g, key) for g in getattr(pod, field)]) for field, key in GATES.items())
    yield f"{copy}.all", [c.name for c in pod.all]


def _reader(copy: str, number: int, fields: list[str]) -> Callable[[Subject], tuple[Any, ...]]:
    read = attrgetter(*fields, fields[0])  # of one field alone it would give no tuple
    if number < 0:
        return read
    every = attrgetter(copy)
    return lambda life: read(every(life)[number])
