"""Read the law's YAML safely, keeping the line of every value so that an error can name it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import yaml

from podlaw.errors import LawError

LARGEST: Final = 1_000_000  # bytes of one file of the law
T = TypeVar("T")
Key = tuple[str | int, ...]


class Source(msgspec.Struct, frozen=True):
    """One file of the law: plain data, and the line on which each path of it stands."""

    path: Path
    data: object
    lines: dict[Key, int]

    def where(self, *path: str | int) -> str:
        """Return `file:line` of a path into the data, or of its nearest parent."""
        while path and path not in self.lines:
            path = path[:-1]
        name = f"{self.path.parent.name}/{self.path.name}" if self.path.is_absolute() else str(self.path)
        return f"{name}:{self.lines.get(path, 1)}"

    def error(self, message: str, *path: str | int) -> LawError:
        """Return a LawError whose sentence begins with file and line."""
        return LawError(f"{self.where(*path)}: {message}")

    def read(self, kind: type[T]) -> T:
        """Return the data as ``kind``; raise LawError naming file, line and field."""
        try:
            return msgspec.convert(self.data, kind)
        except msgspec.ValidationError as error:
            text, _, place = str(error).partition(" - at `")
            raise self.error(f"{text} at {place.rstrip('`') or '$'}; spec/README.md shows the format", *_keys(place)) from None


def _keys(place: str) -> Key:
    parts = re.findall(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[(\.\.\.)\]", place)
    return tuple(int(index) if index else name for name, index, _ in parts if name or index)


def load(path: Path) -> Source:
    """Read one YAML file; raise LawError for what cannot be read, aliases, duplicate keys or wrong syntax."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise LawError(f"{path}: cannot be read ({error.strerror}); name a file that can be, or reinstall podlaw where it is its own") from None
    if len(raw) > LARGEST:
        raise LawError(f"{path}: {len(raw)} bytes are more than the {LARGEST} a file of the law may have")
    lines: dict[Key, int] = {}
    try:
        loader = yaml.CSafeLoader(raw) if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader(raw)
        node = loader.get_single_node()
        data = None if node is None else _plain(node, (), lines, path)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise LawError(f"{path.name}:{mark.line + 1 if mark else 1}: not YAML ({getattr(error, 'problem', error)})") from None
    return Source(path, data, lines)


def _plain(node: yaml.Node, key: Key, lines: dict[Key, int], path: Path) -> object:
    if key in lines:
        raise LawError(f"{path.name}:{node.start_mark.line + 1}: '{key[-1]}' stands twice; keep one")
    if len(lines) > LARGEST // 4:
        raise LawError(f"{path.name}: too many values; YAML aliases are not for the law")
    lines[key] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return {_name(k, path): _plain(v, (*key, k.value), lines, path) for k, v in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*key, index), lines, path) for index, item in enumerate(node.value)]
    try:
        return _SCALARS.get(node.tag, str)(node.value)
    except ValueError:
        raise LawError(f"{path.name}:{node.start_mark.line + 1}: '{node.value}' is not a number here; write it in decimal digits") from None


def _name(node: yaml.Node, path: Path) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise LawError(f"{path.name}:{node.start_mark.line + 1}: a list or mapping names nothing; write a plain name")
    return str(node.value)


_SCALARS: Final[dict[str, Callable[[str], object]]] = {
    "tag:yaml.org,2002:bool": lambda text: {"true": True, "false": False}.get(text, text),  # `on` and `off` are words here
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:null": lambda text: None,
}
