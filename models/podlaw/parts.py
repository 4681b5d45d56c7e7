"""Parts of a spec as canonical text, so that rules can compare what may never change with what may."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec


@lru_cache(maxsize=1024)
def without(text: bytes, paths: str) -> str:
    """Return the spec without the fields at ``paths``, separated by spaces; a path leads through lists."""
    spec = msgspec.json.decode(text or b"{}")
    for path in paths.split():
        _remove(spec, path.split("."))
    return _canonical(spec)


@lru_cache(maxsize=1024)
def part(text: bytes, names: str) -> str:
    """Return only the top-level fields ``names`` of the spec, separated by spaces."""
    spec = msgspec.json.decode(text or b"{}")
    return _canonical({name: spec[name] for name in names.split() if spec.get(name)})


@lru_cache(maxsize=1024)
def entries(text: bytes, name: str) -> tuple[str, ...]:
    """Return the entries of one list of the spec."""
    return tuple(_canonical(entry) for entry in msgspec.json.decode(text or b"{}").get(name) or ())


def _remove(place: Any, path: list[str]) -> None:
    if isinstance(place, list):
        for item in place:
            _remove(item, path)
    elif isinstance(place, dict):
        if len(path) == 1:
            place.pop(path[0], None)
        else:
            _remove(place.get(path[0]), path[1:])


def _canonical(value: object) -> str:
    return msgspec.json.encode(_pruned(value), order="deterministic").decode()


def _pruned(value: Any) -> Any:
    """Drop what stands for nothing, so that an absent, a null and an empty field are equal."""
    if isinstance(value, dict):
        kept = {key: _pruned(part) for key, part in value.items()}
        return {key: part for key, part in kept.items() if part not in (None, "", [], {})}
    return [_pruned(item) for item in value] if isinstance(value, list) else value
