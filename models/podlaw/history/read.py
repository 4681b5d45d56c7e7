"""Read pods from what people have: watch events, `kubectl get -w` streams, plain pods and lists, compressed or not."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from podlaw.errors import InputError
from podlaw.snapshot import Snapshot, read, snapshot

LONGEST: Final = 16 << 20  # bytes of one document; the API server's own limit is about 1.5 MiB
LARGEST: Final = 1 << 30  # bytes of an input that is not one document a line
EventType = Literal["ADDED", "MODIFIED", "DELETED", "NONE"]


class Document(msgspec.Struct, frozen=True):
    """One pod of an input: its 0-based position, its line, and the watch event that carried it (NONE: none did)."""

    index: int
    line: int
    event: EventType
    pod: Snapshot


class Bad(msgspec.Struct, frozen=True):
    """One document that is no pod, and the sentence that says why."""

    index: int
    line: int
    sentence: str


class Envelope(msgspec.Struct, frozen=True):
    """What tells a watch event, a list and a pod apart."""

    type: str = ""
    object: msgspec.Raw = msgspec.Raw()
    items: list[msgspec.Raw] | None = None


_ENVELOPES: Final = msgspec.json.Decoder(Envelope)


def documents(source: Path | str | Iterable[Any]) -> Iterator[Document | Bad]:
    """Yield the pods of a file, of standard input ("-"), or of an iterable of dicts, snapshots or client objects, in order.

    Raises InputError for an input that cannot be read at all or holds nothing.
    """
    found: Iterator[Document | Bad] = _of_file(str(source)) if isinstance(source, Path | str) else _of_objects(source)
    empty = True
    for one in found:
        empty = False
        yield one
    if empty and isinstance(source, Path | str):
        raise InputError(f"{_named(str(source))}: it holds no pod; give watch events, pods or a list as kubectl get -o json prints them")


def _named(path: str) -> str:
    return "standard input" if path == "-" else path


def _of_objects(source: Iterable[Any]) -> Iterator[Document | Bad]:
    for index, one in enumerate(source):
        event: EventType = "NONE"
        pod = one
        if isinstance(one, dict) and "object" in one:
            event, pod = one["type"], one["object"]
        try:
            yield Document(index, index + 1, event, snapshot(pod))
        except InputError as error:
            yield Bad(index, index + 1, f"document {index}: {error}")


def _of_file(path: str) -> Iterator[Document | Bad]:
    index = 0
    for line, text in _texts(path):
        for one in _of_text(text, index, line, path):
            index += 1
            yield one


def _of_text(text: bytes | InputError, index: int, line: int, path: str) -> Iterator[Document | Bad]:
    """Yield the pods of one JSON document; a bookmark holds none."""
    where = f"{_named(path)}, line {line}"
    if isinstance(text, InputError):
        yield Bad(index, line, f"{where}, document {index}: {text}")
        return
    try:
        envelope = _ENVELOPES.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        envelope = Envelope()
    if envelope.type == "BOOKMARK":
        return
    if envelope.type == "ERROR":
        yield Bad(index, line, f"{where}, document {index}: the watch ended with an error; start it again")
        return
    carried = bytes(envelope.object)
    event: Any = envelope.type if carried and envelope.type in ("ADDED", "MODIFIED", "DELETED") else "NONE"
    pods = [bytes(item) for item in envelope.items] if envelope.items is not None else [carried or text]
    for position, pod in enumerate(pods):
        try:
            yield Document(index + position, line, event, read(pod))
        except InputError as error:
            yield Bad(index + position, line, f"{where}, document {index + position}: {error}")


def _texts(path: str) -> Iterator[tuple[int, bytes | InputError]]:
    """Yield the JSON documents of an input with their lines: one a line, or one after another in any layout."""
    try:
        lines = _lines(path)
        first = next((pair for pair in lines if pair[1].strip()), None)
        if first is None:
            return
        if _whole(first[1]):
            yield first
            yield from ((number, _bounded(text)) for number, text in lines if text.strip())
        else:
            yield from _concatenated(b"\n" * (first[0] - 1) + first[1] + b"".join(text for _, text in lines))
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{_named(path)}: it cannot be read ({reason}); name a readable file, or - for standard input") from None


def _lines(path: str) -> Iterator[tuple[int, bytes]]:
    if path == "-":
        yield from enumerate(sys.stdin.buffer, 1)
        return
    with open(path, "rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if packed:
            with gzip.open(raw) as unpacked:
                yield from enumerate(unpacked, 1)
        else:
            yield from enumerate(raw, 1)


def _whole(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _bounded(text: bytes) -> bytes | InputError:
    return InputError(f"the document has {len(text)} bytes, more than {LONGEST}; leave it out") if len(text) > LONGEST else text


def _concatenated(raw: bytes) -> Iterator[tuple[int, bytes | InputError]]:
    """Yield documents that stand one after another; after a bad one, go on at the next line that opens an object."""
    if len(raw) > LARGEST:
        yield 1, InputError(f"the input has {len(raw)} bytes and not one document a line; convert it with jq -c .")
        return
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        yield raw.count(b"\n", 0, error.start) + 1, InputError(f"byte {error.start} is not UTF-8; save the input as UTF-8")
        return
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        line = text.count("\n", 0, place) + 1
        try:
            _, end = decoder.raw_decode(text, place)
            yield line, _bounded(text[place:end].encode())
        except (json.JSONDecodeError, RecursionError) as error:
            reason = f"{error.msg} at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            yield line, InputError(f"not JSON ({reason}); give whole JSON documents")
            following = text.find("\n{", place + 1)
            end = len(text) if following < 0 else following
        place = end
