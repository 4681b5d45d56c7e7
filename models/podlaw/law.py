"""The law: loaded whole, validated whole, selected for one version of each component."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, TypedDict

import msgspec

from podlaw import derive, graphs, schema, versions
from podlaw.derive import Line
from podlaw.errors import InputError, LawError
from podlaw.program import Program, program
from podlaw.properties import Property, Referee, properties
from podlaw.requests import update
from podlaw.rules import Rulebook, Selected, rulebook, select
from podlaw.shadow import shadowed
from podlaw.snapshot import Snapshot, snapshot
from podlaw.source import Source, load
from podlaw.tables import Let, Table, chosen, parted, selected, signatures, table, total
from podlaw.types import INT, Scope, Type, Vocabulary
from podlaw.validation import Refused, Validation, Validator, refusal, validation

SPEC = Path(str(files("podlaw.spec")))
Pod = Any  # a dict, a Snapshot, or an official kubernetes client object


class Condition(TypedDict):
    """One condition as `Law.conditions` returns it."""

    type: str
    status: str
    reason: str


class Columns(TypedDict):
    """The columns of `kubectl get pods` without the age."""

    ready: str
    status: str
    restarts: int


class Whole(msgspec.Struct, frozen=True):
    """The law of all versions, checked."""

    directory: Path
    versions: Source
    vocabulary: Vocabulary
    constants: dict[str, Let]
    tables: dict[str, Table]
    program: Program
    rulebook: Rulebook
    graphs: dict[str, graphs.Graph]
    properties: tuple[Property, ...]
    validation: Validation
    shadows: dict[tuple[str | int, ...], list[Line]] = {}  # rows that can never fire, by table and by what a version selects of it

    def shadowed(self, table: Table, lets: Mapping[str, ast.expr], lines: Sequence[Line]) -> list[Line]:
        """Return the rows of a selected table that can never fire; most tables are the same in many versions and judged once."""
        key: tuple[str | int, ...] = (table.spec.table, *(line.row for line in lines), *map(id, lets.values()))  # the trees live as long as this law
        if key not in self.shadows:
            self.shadows[key] = shadowed(lets, lines)
        return self.shadows[key]


@cache
def whole(directory: Path = SPEC) -> Whole:
    """Load and check every file of the law once; raise LawError naming file and line."""
    vocabulary = _vocabulary(load(directory / "types.yaml"))
    constants = _constants(load(directory / "constants.yaml"))
    names = dict.fromkeys(constants, INT)
    tabled = [(source, source.read(schema.Tables)) for source in map(load, sorted((directory / "derivations").glob("*.yaml")))]
    functions = {s.table: signatures(f, i, s, Scope(vocabulary, {})) for f, t in tabled for i, s in enumerate(t.derivations)}
    scope = Scope(vocabulary, names, functions)
    tables = parted({spec.table: table(file, i, spec, scope, {}) for file, content in tabled for i, spec in enumerate(content.derivations)})
    versioned = load(directory / "versions.yaml")
    moving, book, drawn = (
        program(directory, scope),
        rulebook(directory, scope, {name for name, one in tables.items() if one.spec.shared}),
        graphs.graphs(directory, scope),
    )
    return Whole(directory, versioned, vocabulary, constants, tables, moving, book, drawn, properties(directory, scope), validation(directory, vocabulary))


def _constants(source: Source) -> dict[str, Let]:
    declared = source.read(schema.Constants).constants
    options = {name: [one] if isinstance(one, schema.Constant) else one for name, one in declared.items()}
    return {name: Let(tuple((c, ast.Constant(c.value)) for c in given)) for name, given in options.items()}


def _vocabulary(source: Source) -> Vocabulary:
    types = source.read(schema.Types)
    enums, open_ = ({name: frozenset(members) for name, members in group.items()} for group in (types.enums, types.open))
    names = Vocabulary(enums, open_, {name: {} for name in types.records})
    records: dict[str, dict[str, Type]] = {name: {} for name in types.records}
    for record, fields in types.records.items():
        for name, text in fields.items():
            try:
                records[record][name] = names.type(text)
            except ValueError as error:
                raise source.error(str(error), "records", record, name) from None
    return Vocabulary(enums, open_, records)


class Law:
    """The Pod lifecycle as one version of each component keeps it.

    ``Law("1.36")`` is short for both components at 1.36; ``gates`` is ``{"kubelet": {"ContainerRestartRules": False}}``.
    Raises LawError for an unknown version or gate, and for a spec directory that is not a law.
    """

    def __init__(
        self,
        version: str | None = None,
        *,
        apiserver: str | None = None,
        kubelet: str | None = None,
        gates: Mapping[str, Mapping[str, bool]] | None = None,
        spec: Path | None = None,
    ) -> None:
        self.whole = whole(spec or SPEC)
        self.selection = versions.select(self.whole.versions, version, apiserver, kubelet, gates or {})
        self.tables = {t.spec.table: (t, lets, lines) for t, lets, lines in selected(self.whole.tables, self.selection)}
        for one, lets, lines in self.tables.values():
            if not total(lines):
                raise LawError(f"{one.where}: the last row of {one.spec.table}, and only the last, must have no guard in {self}")
            for row in self.whole.shadowed(one, lets, lines):
                raise LawError(f"{row.where}: the row '{row.row}' of {one.spec.table} can never fire in {self}; rows above it take all its cases")

    def __repr__(self) -> str:
        return f"Law(apiserver={self.selection.apiserver!r}, kubelet={self.selection.kubelet!r})"

    clock: Mapping[str, Any] = {}  # other answers than time's to `elapsed` and `exceeds`

    @cached_property
    def functions(self) -> dict[str, Any]:
        """Every derivation of this version as a flat Python function."""
        source = [derive.function(name, list(t.parameters), t.spec.returns, lets, lines) for name, (t, lets, lines) in self.tables.items()]
        results = {t.spec.returns for t, _, _ in self.tables.values()}
        made = {name: list(fields) for name, fields in self.whole.vocabulary.records.items() if name in results}
        return derive.compiled("\n\n".join(source), {**derive.records(made), **self.constants, **self.clock})

    @cached_property
    def _deciders(self) -> dict[str, Any]:
        source = [derive.decider(f"row_of_{name}", list(t.parameters), lets, lines) for name, (t, lets, lines) in self.tables.items()]
        deciders = derive.compiled("\n\n".join(source), self.functions)
        return {name: deciders[f"row_of_{name}"] for name in self.tables}

    def decide(self, table: str, *arguments: Any) -> derive.Line:
        """Return the row of a derivation that decides for these arguments, with its rules and its sentence."""
        if table not in self.tables:
            raise LawError(f"'{table}' is not a derivation of {self}; known are {', '.join(self.tables)}")
        line: derive.Line = self.tables[table][2][self._deciders[table](*arguments)]
        return line

    @cached_property
    def constants(self) -> dict[str, float]:
        """Every number of this version, in seconds."""
        chosen_ = {name: chosen(let, self.selection, "kubelet") for name, let in self.whole.constants.items()}
        return {name: tree.value for name, tree in chosen_.items() if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float)}

    @cached_property
    def rules(self) -> Selected:
        """The rules of this version, and the functions that judge by them."""
        return select(self.whole.rulebook, self.selection, self.functions)

    @cached_property
    def properties(self) -> tuple[Property, ...]:
        """The named properties of this version."""
        return tuple(p for p in self.whole.properties if self.selection.applies(p.spec, p.spec.by))

    def referee(self) -> Referee:
        """Return a judge of pods of the model by the named properties of this version."""
        return Referee(self.properties, self.functions)

    @cached_property
    def requests(self) -> Selected:
        """The rules of this version by which the API server judges updates."""
        return select(self.whole.rulebook, self.selection, self.functions, requests=True)

    @cached_property
    def graphs(self) -> dict[str, graphs.Observed]:
        """The observed graphs of this version: the legal moves of published values."""
        return {name: graphs.select(graph, self.selection, self.functions) for name, graph in self.whole.graphs.items()}

    @cached_property
    def validator(self) -> Validator:
        """What the API server of this version makes of a manifest, and what it refuses."""
        return Validator(self.whole.validation, self.selection)

    def validate(self, manifest: Pod, old: Pod | None = None, through: str = "pod") -> list[Refused]:
        """Return why the API server refuses to create a pod, in its own words (API-06 and others); nothing where it creates it.

        With ``old``, a pod that exists, the manifest is its update (API-01 to 23) ``through`` the endpoint `pod`, `status`
        or `ephemeralcontainers`. Both are dicts or client objects, and may be sketches: what the law does not read may be
        left out. Raises InputError for what cannot be read.
        """
        return self.validator.admit(manifest)[1] if old is None else update(self, old, manifest, through)

    def admit(self, manifest: Pod) -> dict[str, Any]:
        """Return a manifest as the API server stores it, defaults filled and disabled fields dropped; raise InputError where it is refused."""
        pod, refused = self.validator.admit(manifest)
        if refused:
            raise InputError(refusal(refused))
        return pod

    def phase(self, pod: Pod, stopped: bool = False, active: bool | None = None) -> str:
        """Return the phase the kubelet computes (PHASE-01); ``active=None`` infers whether an app container has a record in this sandbox."""
        one = snapshot(pod)
        phase: str = self.functions["phase"](one, stopped, _active(one) if active is None else active)
        return phase

    def conditions(self, pod: Pod, phase: str | None = None, previous: list[dict[str, str]] | None = None) -> list[Condition]:
        """Return ContainersReady, Ready and Initialized (COND-01 to 03); ``phase=None`` means the pod's own, ``previous=None`` its own conditions."""
        one = snapshot(pod)
        phase = one.phase if phase is None else phase
        before = one.Initialized.status if previous is None else next((c["status"] for c in previous if c["type"] == "Initialized"), "absent")
        f = self.functions
        return [
            _condition("ContainersReady", f["containers_ready"](one, phase)),
            _condition("Ready", f["ready"](one, phase)),
            _condition("Initialized", f["initialized"](one, phase, before)),
        ]

    def columns(self, pod: Pod) -> Columns:
        """Return READY, STATUS and RESTARTS as `kubectl get pods` prints them (COL-01 to 12)."""
        ready, status, restarts = self.functions["columns"](snapshot(pod))
        return {"ready": ready, "status": status, "restarts": restarts}

    def restart(self, pod: Pod, container: str, exit_code: int) -> bool:
        """Return whether a container that exits with a code may be started again (RESTART-01); raise InputError for a container the pod has not."""
        one = snapshot(pod)
        for c in one.all:
            if c.name == container:
                return bool(self.functions["restart"](one, c, exit_code))
        raise InputError(f"the pod has no container '{container}'; it has {', '.join(c.name for c in one.all)}")

    def backoff(self, restarts: int = 8, run: float = 0.0) -> list[float]:
        """Return the delays in seconds before successive restarts of a container that runs ``run`` seconds each time (BACKOFF-02 to 06)."""
        from podlaw.backoff import delays  # noqa: PLC0415 - the model is built on the law
        from podlaw.model import Model  # noqa: PLC0415

        return list(delays(Model(self), restarts, run))


def _active(pod: Snapshot) -> bool:
    return any(c.id for c in pod.app)


def _condition(kind: str, decided: tuple[str, str]) -> Condition:
    return {"type": kind, "status": decided[0], "reason": decided[1]}
