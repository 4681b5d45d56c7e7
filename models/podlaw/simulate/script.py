"""Read what a simulation needs: manifests as people write them, and a script of events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from podlaw.errors import InputError, LawError
from podlaw.law import Law
from podlaw.snapshot import snapshot
from podlaw.source import documents

LARGEST: Final = 16 << 20  # bytes of one file
LONGEST: Final = 1_000_000_000  # seconds of one wait, 31 years


class Happening(msgspec.Struct, frozen=True):
    """One event of a script: its name, the pod (by name), node or claim that it happens to, its parameters, and where it stands."""

    event: str
    on: str
    values: dict[str, Any]
    where: str


def manifests(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every pod of a YAML or JSON file, lists opened, and where it stands; raise InputError naming the file and the document."""
    for place, document in enumerate(_documents(path)):
        items = document.get("items", [document]) if isinstance(document, dict) else [document]
        for number, one in enumerate(items if isinstance(items, list) else [items]):
            where = f"{path}, document {place}" + (f", item {number}" if one is not document else "")
            if not isinstance(one, dict) or one.get("kind", "Pod") != "Pod":
                kind = one.get("kind") if isinstance(one, dict) else type(one).__name__
                raise InputError(f"{where}: it is a {kind} where a Pod is wanted; give the pods of a controller, or its template as a Pod")
            yield where, one


def admitted(given: Iterable[tuple[str, dict[str, Any]]], law: Law) -> Iterator[dict[str, Any]]:
    """Yield manifests with a name, a namespace and a uid, as the API server gives them; raise InputError, naming the place, for one that it refuses."""
    for number, (where, one) in enumerate(given, 1):
        meta = {} if one.get("metadata") is None else one["metadata"]
        defaults = {"name": f"pod-{number}", "namespace": "default", "uid": f"00000000-0000-4000-8000-{number:012x}"}
        named = {**one, "metadata": {**defaults, **meta} if isinstance(meta, dict) else meta}
        try:
            snapshot(law.admit(named))
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        yield named


def script(path: str) -> Iterator[Happening]:
    """Yield the events of a YAML file: a list of `{event: exit, pod: web, container: app, code: 1}` and `{wait: 10}`; raise InputError."""
    given = _documents(path)
    lines = given[0] if len(given) == 1 and isinstance(given[0], list) else given
    for place, line in enumerate(lines):
        where = f"{path}, event {place}"
        if not isinstance(line, dict) or len({"event", "wait"} & set(line)) != 1:
            raise InputError(f"{where}: it is no event; write {{event: exit, pod: web, container: app, code: 1}} or {{wait: 10}}")
        if "wait" in line:
            if type(line["wait"]) is not int or not 0 <= line["wait"] <= LONGEST:
                raise InputError(f"{where}: wait is {line['wait']!r:.40}; give whole seconds, {LONGEST} at most")
            yield Happening("wait", "", {"seconds": line["wait"]}, where)
            continue
        words = {name: tuple(value) if isinstance(value, list) else value for name, value in line.items()}
        on = [str(words.pop(name)) for name in ("pod", "on") if name in words]
        if len(on) != 1:
            raise InputError(f"{where}: it names {'two things' if on else 'nothing'} that it happens to; name a pod under 'pod', a node or claim under 'on'")
        yield Happening(str(words.pop("event")), on[0], words, where)


def _documents(path: str) -> list[Any]:
    """Return every document of a YAML or JSON file but empty ones."""
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST:
            raise InputError(f"{path}: it is larger than {LARGEST >> 20} MiB; give a smaller file")
        raw = file.read_bytes()
        given = [one.data for one in documents(raw, path)] if file.suffix != ".json" else [json.loads(raw.decode("utf-8-sig"))]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}; name a file that can be read") from None
    except LawError as error:
        raise InputError(str(error)) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({error}); mend it there") from None
    found = [one for one in given if one is not None]
    if not found:
        raise InputError(f"{path}: it is empty; write a manifest or a list of events")
    return found
