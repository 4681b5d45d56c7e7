"""Read YAML safely, keeping the line of every value so that an error can name it."""

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
    """One document of a file: plain data, and the line on which each path of it stands."""

    name: str
    data: object
    lines: dict[Key, int]

    def where(self, *path: str | int) -> str:
        """Return `file:line` of a path into the data, or of its nearest parent."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.name}:{self.lines.get(path, 1)}"

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
    """Read a YAML file of one document; raise LawError for what cannot be read, duplicate keys or wrong syntax."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise LawError(f"{path}: cannot be read ({error.strerror}); name a file that can be, or reinstall podlaw where it is its own") from None
    if len(raw) > LARGEST:
        raise LawError(f"{path}: {len(raw)} bytes are more than the {LARGEST} a file of the law may have; part it")
    name = f"{path.parent.name}/{path.name}" if path.is_absolute() else str(path)
    found = documents(raw, name)
    if len(found) > 1:
        raise LawError(f"{found[1].where()}: a second document begins; keep one")
    return found[0] if found else Source(name, None, {})


def documents(raw: bytes, name: str) -> list[Source]:
    """Return every document of a YAML text; raise LawError, which begins with ``name`` and a line, for duplicate keys or wrong syntax."""
    found: list[Source] = []
    try:
        loader = yaml.CSafeLoader(raw) if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader(raw)
        while (node := loader.get_node() if loader.check_node() else None) is not None:
            reader = Reader(name, len(raw))
            found.append(Source(name, reader.plain(node, ()), reader.lines))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise LawError(f"{name}:{mark.line + 1 if mark else 1}: not YAML ({problem}); mend it there") from None
    return found


class Reader:
    """Makes plain data of the nodes of one document; without aliases none has more values than bytes."""

    def __init__(self, name: str, most: int) -> None:
        self.name, self.most = name, most
        self.lines: dict[Key, int] = {}

    def plain(self, node: yaml.Node, key: Key) -> object:
        """Return the value of a node, noting its line under ``key``."""
        if key in self.lines:
            raise self.error(node, f"'{key[-1]}' stands twice; keep one")
        if len(self.lines) > self.most:
            raise self.error(node, "aliases make more of it than stands here; write it out")
        self.lines[key] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return {self.word(k): self.plain(v, (*key, k.value)) for k, v in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*key, index)) for index, item in enumerate(node.value)]
        try:
            return _SCALARS.get(node.tag, str)(node.value)
        except ValueError:
            raise self.error(node, f"'{node.value[:40]}' is not a number here; write it in decimal digits") from None

    def word(self, node: yaml.Node) -> str:
        """Return the name that a key is, whatever else it could be, as `on` or `5`."""
        if not isinstance(node, yaml.ScalarNode) or node.value == "<<":
            raise self.error(node, "a list, mapping or merge names nothing; write a plain name")
        return str(node.value)

    def error(self, node: yaml.Node, message: str) -> LawError:
        """Return a LawError that begins with file and line."""
        return LawError(f"{self.name}:{node.start_mark.line + 1}: {message}")


BOOLS: Final = {word: value for value, text in ((True, "true True TRUE"), (False, "false False FALSE")) for word in text.split()}
_SCALARS: Final[dict[str, Callable[[str], object]]] = {
    "tag:yaml.org,2002:bool": lambda text: BOOLS.get(text, text),  # `on` and `off` are words here
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:null": lambda text: None,
}
