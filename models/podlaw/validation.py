"""What the API server refuses: spec/validation.yaml checked with the law, and judged over a manifest.

Nothing here knows a field of a pod. An entry ranges over lists and optional parts of a manifest; the loops that led to a
field are its path.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from re import DOTALL, fullmatch
from typing import Any, Final

import msgspec

from podlaw import derive, entries, manifest, wire
from podlaw.expr import ExpressionError, names
from podlaw.source import Source, load
from podlaw.tables import Bindings, Let, bindings, chosen, expression, inferred, inlined, listed
from podlaw.types import BOOL, INT, TEXT, Scope, Signature, Type, infer
from podlaw.versions import Selection

FUNCTIONS: Final = {
    "matches": Signature((TEXT, TEXT), BOOL),  # a text, whole, and a regular expression
    "length": Signature((TEXT,), INT),
}
TOLD: Final = 3  # refusals in one sentence
BUILTINS: Final[Mapping[str, Any]] = {"matches": lambda text, pattern: fullmatch(pattern, text, DOTALL) is not None, "length": len}


class Refused(msgspec.Struct, frozen=True):
    """One reason why the API server refuses a request, in its own words.

    ``field`` is the path of the field, ``reason`` the kind, such as `Duplicate value`, ``value`` the value as the server
    shows it (empty where it does not), ``detail`` the rest of its sentence, ``rules`` the rules that say so.
    """

    field: str
    reason: str
    value: str = ""
    detail: str = ""
    rules: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ": ".join(part for part in (self.field, self.reason, self.value, self.detail) if part)


class Loop(msgspec.Struct, frozen=True):
    """A name for each entry of one list after another, or for each part that is there."""

    name: str
    sources: tuple[ast.expr, ...]


Spec = entries.Drop | entries.Default | entries.Refusal


class Entry(msgspec.Struct, frozen=True):
    """One checked entry; `parts` are its expressions."""

    spec: Spec
    loops: tuple[Loop, ...]
    fields: tuple[tuple[ast.expr, Type], ...]
    parts: dict[str, ast.expr]
    where: str


class Validation(msgspec.Struct, frozen=True):
    """The entries of all versions, checked, in the order in which they are applied."""

    spec: entries.Validation
    vocabulary: Any
    lets: dict[str, Let]
    entries: tuple[Entry, ...]


def validation(directory: Path, vocabulary: Any) -> Validation:
    """Load and check spec/validation.yaml; raise LawError naming file and line."""
    source = load(directory / "validation.yaml")
    spec = source.read(entries.Validation)
    if spec.of not in vocabulary.records:
        raise source.error(f"'{spec.of}' is not a record; spec/types.yaml declares them", "of")
    bound = bindings(source, spec.let, Scope(vocabulary, vocabulary.records[spec.of], FUNCTIONS), {}, "let")
    checked = []
    groups: dict[str, Sequence[Spec]] = {"drops": spec.drops, "defaults": spec.defaults, "refusals": spec.refusals}
    for group, content in groups.items():
        seen: set[str] = set()
        for index, one in enumerate(content):
            if (name := named(one)) in seen:
                raise source.error(f"'{name}' stands twice; rename one", group, index)
            seen.add(name)
            checked.append(_entry(source, one, spec, bound, group, index))
    return Validation(spec, vocabulary, bound.lets, tuple(checked))


def named(spec: Spec) -> str:
    """Return the name of an entry."""
    return spec.drop if isinstance(spec, entries.Drop) else spec.default if isinstance(spec, entries.Default) else spec.refusal


def _entry(source: Source, one: Any, spec: entries.Validation, bound: Bindings, *at: str | int) -> Entry:
    if isinstance(one.each, str) and one.each not in spec.loops:
        raise source.error(f"'{one.each}' is none of the loops; known are {', '.join(spec.loops)}", *at, "each")
    loops, scope = [], bound.scope
    for name, given in (spec.loops[one.each] if isinstance(one.each, str) else one.each).items():
        sources = [_chain(source, text, Bindings(bound.macros, bound.lets, scope), *at, "each") for text in _texts(given)]
        kinds = {Type(kind.name) if kind.many or kind.optional else kind for _, kind in sources}
        if len(kinds) != 1 or not all(kind.many or kind.optional for _, kind in sources):
            raise source.error(f"'{name}' must range over lists or optional parts of one type", *at, "each")
        loops.append(Loop(name, tuple(tree for tree, _ in sources)))
        scope = scope.bind(**{name: kinds.pop()})
    inner = Bindings(bound.macros, bound.lets, scope)
    fields = [_chain(source, text, inner, *at, "field") for text in _texts(one.field)]
    kinds = {kind for _, kind in fields}
    if len(kinds) == 1:
        inner = Bindings(bound.macros, bound.lets, scope.bind(value=next(iter(kinds))))
    return Entry(one, tuple(loops), tuple(fields), _parts(source, one, spec, inner, *at), source.where(*at))


def _texts(given: str | Sequence[str]) -> Sequence[str]:
    return [given] if isinstance(given, str) else given


def _chain(source: Source, text: str, bound: Bindings, *at: str | int) -> tuple[ast.expr, Type]:
    """Return a name or a field of one, with its type; only such a thing has a path."""
    try:
        tree = ast.parse(text, mode="eval").body
        inner = tree
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        if not isinstance(inner, ast.Name):
            raise ExpressionError(f"'{text}' has no path; write a name or a field of one")
        return tree, infer(tree, bound.scope)
    except (SyntaxError, ExpressionError) as error:
        raise source.error(str(error), *at) from None


def _parts(source: Source, one: Any, spec: entries.Validation, bound: Bindings, *at: str | int) -> dict[str, ast.expr]:
    """Return the expressions of an entry that decide and that are shown."""
    parts = {"if": expression(source, one.premise, BOOL, bound, *at, "if")}
    if isinstance(one, entries.Default):
        parts["to"] = expression(source, one.to, bound.scope.names["value"], bound, *at, "to")
    if not isinstance(one, entries.Refusal):
        return parts
    if one.reason not in spec.reasons:
        raise source.error(f"'{one.reason}' is no reason; known are {', '.join(spec.reasons)}", *at, "reason")
    if sum(form is not None for form in (one.then, one.unique, one.one_of, one.given)) != 1:
        raise source.error("just one of 'then', 'unique', 'one_of' and 'given' says what must hold", *at)
    if one.then is not None:
        parts["then"] = expression(source, one.then, BOOL, bound, *at, "then", test=parts["if"])
    for name, text in (("unique", one.unique), ("value", one.value)):
        if text is not None:
            parts[name] = inferred(source, text, bound, *at, name)
    if "{" in one.detail:
        parts["detail"] = expression(source, "f" + repr(one.detail), TEXT, bound, *at, "detail", test=parts["if"])
    return parts


class Ready(msgspec.Struct, frozen=True):
    """One entry of one version, with its expressions as functions of all names at its place."""

    entry: Entry
    parts: dict[str, Callable[..., Any]]
    rules: tuple[str, ...]


Place = manifest.Path
Names = dict[str, Any]


class Validator:
    """The validation of one version."""

    def __init__(self, whole: Validation, selection: Selection) -> None:
        self.spec = whole.spec
        self.shape = manifest.Shapes(whole.vocabulary).record(whole.spec.of)
        self.roots = tuple(whole.vocabulary.records[whole.spec.of])
        lets = {name: tree for name, let in whole.lets.items() if (tree := chosen(let, selection, "apiserver")) is not None}
        applying = [one for one in whole.entries if selection.applies(one.spec, "apiserver")]
        self.entries = [Ready(one, {k: self._function(one, t, lets) for k, t in one.parts.items()}, listed(one.spec.id)) for one in applying]

    def _function(self, entry: Entry, tree: ast.expr, lets: Mapping[str, ast.expr]) -> Callable[..., Any]:
        whole = inlined(tree, lets)
        known = (*self.roots, *(loop.name for loop in entry.loops), "value")
        return derive.value(whole, [name for name in known if name in names(whole)] + ["**_"], BUILTINS)

    def admit(self, document: Any, created: bool = True) -> tuple[dict[str, Any], list[Refused]]:
        """Return the pod as it would be stored, defaults filled and disabled fields dropped, and why it is refused.

        ``created`` is false for the new version of a pod that exists. Raises InputError for what cannot be read.
        """
        plain = wire.plain(document)
        pod = manifest.read(self.shape, plain)
        found: list[Refused] = []
        for ready in self.entries:
            spec = ready.entry.spec
            if isinstance(spec, entries.Refusal):
                if created or spec.at == "always":
                    found += self._refused(ready, spec, pod)
            else:
                self._set(ready, pod, plain)
        return plain, found

    def _places(self, ready: Ready, pod: Any) -> Iterator[tuple[Names, dict[str, Place], ast.expr, bool]]:
        """Yield the names, the `value` of the field among them, their paths, the field, and whether it is given, wherever the premise of an entry holds."""
        roots = {name: getattr(pod, name) for name in self.roots}
        for values, places in _walk(ready.entry.loops, roots, {name: (name,) for name in roots}):
            for tree, kind in ready.entry.fields:
                here = {**values, "value": _value(tree, values)}
                if ready.parts["if"](**here):
                    yield here, places, tree, manifest.given(here["value"], kind)

    def _set(self, ready: Ready, pod: Any, plain: dict[str, Any]) -> None:
        for here, places, tree, given in self._places(ready, pod):
            assert isinstance(tree, ast.Attribute)
            owner, new = _value(tree.value, here), ready.parts["to"](**here) if "to" in ready.parts else None
            if given == (new is None):
                setattr(owner, tree.attr, getattr(type(owner)(), tree.attr) if new is None else new)
                manifest.put(plain, _path(tree, places), new)

    def _refused(self, ready: Ready, spec: entries.Refusal, pod: Any) -> Iterator[Refused]:
        seen: set[Any] = set()
        for here, places, tree, given in self._places(ready, pod):
            key = None if spec.unique is None else (places[spec.within] if spec.within else (), ready.parts["unique"](**here))
            if key in seen or not (key is not None or _holds(ready, spec, here, given)):
                bad = ready.parts["value"](**here) if "value" in ready.parts else key[1] if key is not None else here["value"]
                text = shown(bad) if self.spec.reasons[spec.reason] else ""
                detail = ready.parts["detail"](**here) if "detail" in ready.parts else _detail(spec)
                yield Refused(manifest.written(_path(tree, places)), spec.reason, text, detail, ready.rules)
            if key is not None:
                seen.add(key)


def refusal(found: Sequence[Refused]) -> str:
    """Return one sentence with the first refusals."""
    told = [f"{one} ({', '.join(one.rules)})" for one in found[:TOLD]]
    more = f"; and {len(found) - TOLD} more" if len(found) > TOLD else ""
    return f"the API server refuses the pod: {'; '.join(told)}{more}; correct the manifest"


def _holds(ready: Ready, spec: entries.Refusal, here: Names, given: bool) -> bool:
    if spec.given is not None:
        return spec.given == given
    return here["value"] in spec.one_of if spec.one_of is not None else bool(ready.parts["then"](**here))


def _detail(spec: entries.Refusal) -> str:
    return spec.detail if spec.one_of is None else "supported values: " + ", ".join(map(shown, spec.one_of))


def shown(value: Any) -> str:
    """Return a value as the API server shows it."""
    return msgspec.json.encode(value).decode()


def _walk(loops: Sequence[Loop], values: Names, places: dict[str, Place]) -> Iterator[tuple[Names, dict[str, Place]]]:
    if not loops:
        yield values, places
        return
    loop, *rest = loops
    for tree in loop.sources:
        found, place = _value(tree, values), _path(tree, places)
        branches = [((*place, index), one) for index, one in enumerate(found)] if isinstance(found, list) else [] if found is None else [(place, found)]
        for at, one in branches:
            yield from _walk(rest, {**values, loop.name: one}, {**places, loop.name: at})


def _value(tree: ast.expr, values: Names) -> Any:
    if isinstance(tree, ast.Attribute):
        return getattr(_value(tree.value, values), tree.attr)
    assert isinstance(tree, ast.Name)
    return values[tree.id]


def _path(tree: ast.expr, places: Mapping[str, Place]) -> Place:
    if isinstance(tree, ast.Attribute):
        return (*_path(tree.value, places), tree.attr)
    assert isinstance(tree, ast.Name)
    return places[tree.id]
