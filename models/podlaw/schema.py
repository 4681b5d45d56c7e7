"""The shape of the law's files, as they stand in YAML; `podlaw.law` checks what the shape alone cannot say."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

Component = Literal["kubelet", "apiserver"]
Strength = Literal["hard", "kubelet", "soft"]
Text = str | int | bool


class Applies(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When an entry is part of the law: minors `since` to `until`, with a gate on, or with it off (`without`)."""

    since: str | None = None
    until: str | None = None
    gate: str | None = None
    without: str | None = None


class Let(Applies, frozen=True, kw_only=True):
    value: str


class Row(Applies, frozen=True, kw_only=True):
    row: str
    then: Text | dict[str, Text]
    when: str | None = None
    rule: str | list[str] = ""
    says: str = ""
    source: str = ""


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A derivation: an ordered table, first match wins; `also` names rules that it implements as a whole.

    A `shared` one is code that both components run: what the API server does asks its version of it, all else the kubelet's.
    """

    table: str
    id: str
    also: str | list[str] = ""
    by: Component
    shared: bool = False
    says: str
    source: str
    parameters: dict[str, str]
    returns: str
    let: dict[str, str | list[Let]] = {}
    rows: list[Row]


class Tables(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    derivations: list[Table]


class Gate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    known: str
    on: str | None = None
    off: str | None = None
    locked: str | None = None
    needs: str | None = None
    rule: str = ""


class Versions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    minors: list[str]
    gates: dict[str, Gate]


class Types(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    enums: dict[str, list[str]]
    open: dict[str, list[str]]
    records: dict[str, dict[str, str]]


class Constant(Applies, frozen=True, kw_only=True):
    value: int | float
    source: str
    rule: str = ""
    unit: str = "s"


class Constants(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    constants: dict[str, Constant | list[Constant]]


class Edge(Applies, frozen=True, kw_only=True):
    """One legal move of a published value; `move` is its name of a few words, `by` who writes it.

    `note` says in a few words, with its rule, what surprises in it; drawings show it instead of the guard.
    """

    move: str
    source: str = field(name="from")
    target: str = field(name="to")
    by: Literal["kubelet", "apiserver", "scheduler", "controller"] = "kubelet"
    rule: str | list[str]
    says: str
    when: str | None = None
    note: str = ""


class Graph(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An observed graph: which values a published field may take, and its legal moves.

    `never` tells why a member of the value's type is not published; while `stays` holds, an equal value is no move.
    """

    graph: str
    id: str
    of: Literal["pod", "container"]
    value: str
    says: str
    source: str
    nodes: dict[str, str]
    never: dict[str, str] = {}
    initial: str
    stays: str = "true"
    edges: list[Edge]


class Graphs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Observed graphs that share names."""

    let: dict[str, str | list[Let]] = {}
    graphs: list[Graph]


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the API server answers to a request that would break a rule, and `through` which endpoints of a pod it is asked.

    `field` and `detail` are texts with expressions in braces, `value` is an expression.
    """

    field: str
    reason: str
    value: str | None = None
    detail: str = ""
    through: list[str]


class Property(Applies, frozen=True, kw_only=True):
    """A named rule: `always` over one snapshot or `step` over two, written if/then.

    One that needs a `clock` says nothing where time stands still, as it does in exploration; one that is seen in a
    `request` says nothing of histories, where nobody knows through which endpoint a change came.
    `also` names rules that it states too.
    """

    id: str
    also: str | list[str] = ""
    says: str
    source: str
    by: Literal["apiserver", "kubelet", "scheduler", "controller"]
    promise: Literal["contract", "behaviour", "quirk"]
    seen: Literal["write", "adjacent", "gap", "model", "request"]
    each: str | None = None
    kind: Literal["always", "step"] = field(default="always")
    premise: str = field(default="true", name="if")
    then: str
    clock: bool = False
    refused: Answer | None = None


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules that share names and the premise under which any of them is judged."""

    premise: str = field(default="true", name="if")
    let: dict[str, str | list[Let]] = {}
    rules: list[Property]


class Invariant(Applies, frozen=True, kw_only=True):
    """A named property of the model: `always` over one state or `step` over two, written if/then; several entries may share a name.

    One that needs a `clock` says nothing where time stands still, as it does in exploration.
    """

    property: str
    rule: str | list[str]
    says: str
    source: str
    by: Literal["apiserver", "kubelet", "scheduler", "controller"]
    kind: Literal["always", "step"] = "always"
    premise: str = field(default="true", name="if")
    then: str
    clock: bool = False


class Properties(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The named properties of the model, and names that they share."""

    let: dict[str, str | list[Let]] = {}
    properties: list[Invariant]


class Move(Applies, frozen=True, kw_only=True):
    event: str
    source: str | list[str] = field(name="from")
    target: str = field(name="to")
    when: str | None = None
    rule: str | list[str] = ""


class Machine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What really has states and moves by events."""

    machine: str
    id: str
    of: Literal["pod", "container", "node", "claim"]
    variable: str
    says: str
    source: str
    states: dict[str, str]
    initial: str
    final: list[str] = []
    moves: list[Move]


class Guard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One condition of an event, with the words in which a refusal names it."""

    when: str
    says: str
    rule: str | list[str] = ""


class Event(Applies, frozen=True, kw_only=True):
    """What happens: its writer, parameters, guards and simultaneous assignments."""

    event: str
    of: Literal["pod", "node", "claim"] = "pod"
    by: str
    says: str
    rule: str | list[str]
    source: str = ""
    hidden: bool = False
    parameters: dict[str, str] = {}
    choices: dict[str, list[Any]] = {}  # values of parameters that a random life draws from; any other is as legal
    let: dict[str, str | list[Let]] = {}
    guards: list[Guard] = []
    do: dict[str, Text] = {}
    each: dict[str, Text] = {}
    pods: str = ""  # an event without parameters that happens with one of a node to every pod there that it can happen to


class Events(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens; ``writers`` are the guards that every event of a pod by one writer has."""

    writers: dict[str, list[Guard]] = {}
    events: list[Event]


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a composition: fields of the pod, of `each` container, or of each element `g` of a list of the pod, set simultaneously."""

    each: bool | str = False
    let: dict[str, str | list[Let]] = {}
    set: dict[str, Text]


class Composition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How derivations build a whole pod: metadata of one, status of another, then step after step."""

    composition: str
    id: str
    says: str
    source: str
    parameters: dict[str, str]
    meta: str
    status: str
    steps: list[Step]


class Compositions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kubelet_owns: list[str]
    compositions: list[Composition]


class Machines(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    machines: list[Machine]
