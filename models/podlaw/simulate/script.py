"""Read what a simulation needs: manifests as people write them, and a script of events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from podlaw.errors import InputError

LARGEST: Final = 16 << 20  # bytes of one file


class Happening(msgspec.Struct, frozen=True):
    """One event of a script: its name, the pod (by name), node or claim that it happens to, its parameters, and where it stands."""

    event: str
    on: str
    values: dict[str, Any]
    where: str


def manifests(path: str) -> Iterator[dict[str, Any]]:
    """Yield every pod of a YAML or JSON file, lists opened, each with a uid of its own; raise InputError naming the file and the document."""
    for place, document in enumerate(_documents(path)):
        for number, one in enumerate(document.get("items", [document]) if isinstance(document, dict) else [document]):
            where = f"{path}, document {place}" + (f", item {number}" if one is not document else "")
            if not isinstance(one, dict) or one.get("kind", "Pod") != "Pod":
                kind = one.get("kind") if isinstance(one, dict) else type(one).__name__
                raise InputError(f"{where}: it is a {kind} where a Pod is wanted; give the pods of a controller, or its template as a Pod")
            yield one


def identified(given: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield manifests with a name, a namespace and a uid, as the API server gives them."""
    for number, one in enumerate(given, 1):
        meta = one.get("metadata") or {}
        defaults = {"name": f"pod-{number}", "namespace": "default", "uid": f"00000000-0000-4000-8000-{number:012x}"}
        yield {**one, "metadata": {**defaults, **meta} if isinstance(meta, dict) else meta}


def script(path: str) -> Iterator[Happening]:
    """Yield the events of a YAML file: a list of `{event: exit, pod: web, container: app, code: 1}` and `{wait: 10}`; raise InputError."""
    documents = list(_documents(path))
    lines = documents[0] if len(documents) == 1 and isinstance(documents[0], list) else documents
    for place, line in enumerate(lines):
        where = f"{path}, event {place}"
        if not isinstance(line, dict) or not ({"event", "wait"} & set(line)):
            raise InputError(f"{where}: it names no event; write {{event: exit, pod: web, container: app, code: 1}} or {{wait: 10}}")
        if "wait" in line:
            if isinstance(line["wait"], bool) or not isinstance(line["wait"], int) or line["wait"] < 0:
                raise InputError(f"{where}: wait is {line['wait']!r}; give whole seconds")
            yield Happening("wait", "", {"seconds": line["wait"]}, where)
            continue
        rest = {name: value for name, value in line.items() if name not in ("event", "pod", "on")}
        yield Happening(str(line["event"]), str(line.get("pod", line.get("on", ""))), rest, where)


def _documents(path: str) -> list[Any]:
    """Return every document of a YAML or JSON file."""
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST:
            raise InputError(f"{path}: it is larger than {LARGEST >> 20} MiB; give a smaller file")
        text = file.read_text(encoding="utf-8")
        found = [one for one in (yaml.safe_load_all(text) if file.suffix != ".json" else [json.loads(text)]) if one is not None]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}; name a file that can be read") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: it is neither YAML nor JSON ({' '.join(str(error).split())[:200]}); mend it there") from None
    if not found:
        raise InputError(f"{path}: it is empty; write a manifest or a list of events")
    return found
