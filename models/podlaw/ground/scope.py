"""Scopes: which pods, which events with which parameters, and how far counters go; read from spec/scopes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec.structs import replace

from podlaw import given, versions
from podlaw.errors import InputError, LawError
from podlaw.law import Law
from podlaw.pod import Life, begin, created
from podlaw.snapshot import snapshot
from podlaw.source import Source, load
from podlaw.validation import Validator, refusal
from podlaw.world import Budget, Claim, Controller, Node

ENVIRONMENT: Final = ("runtime", "client", "clock", "scheduler", "node", "controller")  # whose events happen only where a scope names them
CHOSEN: Final = {"node": "node-a", "ip": "10.0.0.1"}  # parameters that need no choice; a container's id is its number
Values = dict[str, Any]


def earlier(sandboxes: int) -> int:
    """Return the number of the first container of the newest of some sandboxes: attempts may begin anew in a new one, and none comes twice within one."""
    return 100 * max(sandboxes - 1, 0)


def numbered(number: object) -> str:
    """Return a container's id."""
    return f"containerd://{number}"


class Can(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can always be reached: from every state in which ``when`` holds some steps lead to one in which ``goal`` holds.

    ``property`` is the named property of which it is a part, or to which it shows the exception.
    """

    says: str
    property: str = ""
    rule: str | list[str] = ""
    when: str = "true"
    goal: str


class Eventually(Can, frozen=True, kw_only=True):
    """What must come about: from every state in which ``when`` holds each run leads to one in which ``goal`` holds.

    The steps of the kubelet, the API server and the scheduler are weakly fair: one that can happen for ever happens.
    ``fair`` names events of the environment that are fair too.
    """

    fair: list[str] = []


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finite part of the law.

    ``events`` gives for each event of the environment, and for each of the kubelet's that takes a choice, the values of
    its parameters; those of the kubelet that take none happen unless they stand under ``without``. ``caps`` tells how far
    a counter goes (`run.attempt`, or `[app].run.attempt` of one container): at its cap the events that would raise it are
    blocked. ``fuse`` names hidden events that happen, in this order, as part of every step that writes what they read.
    ``size`` tells who explores it: every verify, or a run of its own. A state without successor is an end where ``ends``
    holds, and a dead end elsewhere. Expressions speak of ``life`` and of the ``world``; each holds for every pod of the scope.
    A pod has the fields of a manifest; ``as`` names it where several have one name, and ``absent`` tells that a controller has yet
    to create it. With ``properties`` every named property is judged, and the variables that it speaks of are kept for it; without
    only those that need no other variables. ``nodes``, ``claims``, ``controllers`` and ``budgets`` are given by their fields;
    without nodes a pod's node never fails.
    """

    scope: str
    says: str
    size: Literal["small", "middle", "large"]
    pods: list[dict[str, Any]]
    nodes: list[Node] = []
    claims: list[Claim] = []
    controllers: list[Controller] = []
    budgets: list[Budget] = []
    events: dict[str, list[Values]] = {}
    without: list[str] = []
    caps: dict[str, int] = {}
    fuse: list[str] = []
    properties: bool = False
    ends: str = "life.deletion == 'gone' or (life.api.phase in ('Succeeded', 'Failed') and not life.api.deleting)"
    can: list[Can] = []
    eventually: list[Eventually] = []


class Scopes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of scopes."""

    scopes: list[Scope]


class Placed(msgspec.Struct, frozen=True):
    """A scope, and the file that an error about it names."""

    spec: Scope
    source: Source
    index: int

    def error(self, message: str, *path: str | int) -> LawError:
        """Return a LawError with file and line."""
        return self.source.error(message, "scopes", self.index, *path)

    def lives(self) -> dict[str, Life]:
        """Return every pod of the scope right after its creation; a scope of one pod names it with an empty text."""
        made: dict[str, Life] = {}
        for place, pod in enumerate(self.spec.pods):
            try:
                life = begin(created(snapshot(_manifest(pod))), 0)
            except InputError as error:
                raise self.error(str(error), "pods", place) from None
            name = _label(pod) if len(self.spec.pods) > 1 else ""
            if name in {*made, *(n.name for n in self.spec.nodes), *(c.name for c in self.spec.claims)}:
                raise self.error(f"two things are called {name}; give one of them another name, a pod with 'as'", "pods", place)
            made[name] = replace(life, deletion="absent") if pod.get("absent") else life
        return made


def scopes(law: Law) -> dict[str, Placed]:
    """Read every scope of a law's directory; raise LawError naming file and line."""
    found: dict[str, Placed] = {}
    for source in map(load, sorted((law.whole.directory / "scopes").glob("*.yaml"))):
        for index, spec in enumerate(source.read(Scopes).scopes):
            placed = Placed(spec, source, index)
            if spec.scope in found:
                raise placed.error(f"two scopes are called {spec.scope}; rename one", "scope")
            _check(placed, law)
            found[spec.scope] = placed
    return found


def scope(name: str | Path, law: Law) -> Placed:
    """Return one scope by its name, or the only one of a YAML file; raise LawError."""
    known = scopes(law)
    if str(name) in known:
        check_pods(known[str(name)], law)
        return known[str(name)]
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        raise LawError(f"'{name}' is not a scope; known are {', '.join(known)}, or name a YAML file")
    source = load(path)
    several = source.read(Scopes).scopes
    if len(several) != 1:
        raise source.error(f"{len(several)} scopes stand here; keep one", "scopes")
    placed = Placed(several[0], source, 0)
    _check(placed, law)
    check_pods(placed, law)
    return placed


def _check(placed: Placed, law: Law) -> None:
    """Raise LawError where a scope names what the law does not have."""
    program, spec = law.whole.program, placed.spec
    if not spec.pods:
        raise placed.error("a scope needs a pod; write one under pods", "pods")
    for field in ("events", "without", "fuse"):
        for place, name in enumerate(getattr(spec, field)):
            if name not in program.events:
                at = name if field == "events" else place
                raise placed.error(f"'{name}' is not an event; known are {', '.join(sorted(program.events))}", field, at)
    named = {one.spec.property for one in law.whole.properties}
    for field in ("can", "eventually"):
        for place, one in enumerate(getattr(spec, field)):
            if one.property and one.property not in named:
                raise placed.error(f"'{one.property}' is not a named property; known are {', '.join(sorted(named))}", field, place, "property")
    for place, one in enumerate(spec.eventually):
        for name in one.fair:
            if name not in spec.events:
                raise placed.error(f"'{name}' is not an event that this scope names; it has {', '.join(spec.events)}", "eventually", place, "fair")
    for name, cap in spec.caps.items():
        if cap < 0:
            raise placed.error(f"the cap of {name} is {cap}; give the number that it may reach, 0 or more", "caps", name)
    _check_values(placed, law)
    _check_around(placed, law)
    for place, name in enumerate(spec.fuse):
        if not program.events[name].spec.hidden and name != "publish":
            raise placed.error(f"'{name}' is seen outside the node; only hidden events and publish can be fused", "fuse", place)


def _check_values(placed: Placed, law: Law) -> None:
    """Raise LawError where an event is given other parameters than it takes, values of another type, or a node that the scope lacks."""
    vocabulary, nodes = law.whole.vocabulary, [node.name for node in placed.spec.nodes]
    for name, choices in placed.spec.events.items():
        types = law.whole.program.events[name].parameters
        wanted = set(types) - {"container", "id", *CHOSEN}
        expected = ", ".join(sorted(wanted)) or "no parameters"
        if not choices:
            raise placed.error(f"'{name}' has no choice of its parameters; give one that has {expected}, or leave it out", "events", name)
        for place, values in enumerate(choices):
            if set(values) - set(CHOSEN) != wanted:
                raise placed.error(f"'{name}' takes {expected}, not {', '.join(sorted(values)) or 'none'}", "events", name, place)
            for key, value in values.items():
                if key in types and not given.fits(value, types[key], vocabulary):
                    raise placed.error(f"'{name}' wants {given.wanted(types[key], vocabulary)} for {key}, not {value!r}", "events", name, place)
            if nodes and values.get("node", nodes[0]) not in nodes:
                raise placed.error(f"there is no node '{values['node']}'; the scope has {', '.join(nodes)}", "events", name, place)


def _check_around(placed: Placed, law: Law) -> None:
    """Raise LawError where a node, claim, controller or budget has a value that its field cannot have."""
    vocabulary = law.whole.vocabulary
    for field, kind in vocabulary.records["World"].items():
        for place, one in enumerate(getattr(placed.spec, field) if field != "pods" else ()):
            for name, type_ in vocabulary.records[kind.name].items():
                value = getattr(one, name)
                if type_.name not in vocabulary.records and not given.fits(value, type_, vocabulary):
                    raise placed.error(f"'{value}' is no {name} of a {kind.name}; it is {given.wanted(type_, vocabulary)}", field, place, name)


def check_pods(placed: Placed, law: Law) -> None:
    """Raise LawError for a pod that the newest API server refuses; ephemeral containers come later."""
    newest = Validator(law.whole.validation, versions.select(law.whole.versions, None, None, None, {}))
    for place, pod in enumerate(placed.spec.pods):
        if unknown := set(pod) - {"name", "as", "absent", "metadata", "spec"}:
            raise placed.error(f"'{min(unknown)}' is no field of a pod here; it has name, as, absent, metadata and spec", "pods", place)
        try:
            _, refused = newest.admit(_manifest(pod), created=not pod.get("spec", {}).get("ephemeralContainers"))
        except InputError as error:
            raise placed.error(str(error), "pods", place) from None
        if refused:
            raise placed.error(refusal(refused), "pods", place)


def _manifest(pod: dict[str, Any]) -> dict[str, Any]:
    """Return a pod of a scope as a manifest: a name, the spec, and what a client creates it with."""
    meta = {"namespace": "default", "uid": f"uid-{_label(pod)}", "name": pod.get("name", "pod"), "generation": 1, **pod.get("metadata", {})}
    return {"metadata": meta, "spec": pod.get("spec", {})}


def _label(pod: dict[str, Any]) -> str:
    return str(pod.get("as", pod.get("name", "pod")))
