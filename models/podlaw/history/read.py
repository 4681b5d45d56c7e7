"""Read pods from what people have: watch events, `kubectl get -w` streams, plain pods and lists, compressed or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from podlaw.errors import InputError
from podlaw.history.split import texts
from podlaw.snapshot import Snapshot, read, snapshot

EventType = Literal["ADDED", "MODIFIED", "DELETED", "NONE"]
EVENTS: Final = ("ADDED", "MODIFIED", "DELETED")


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

    Raises InputError for an input that cannot be read at all or is empty.
    """
    return _of_file(str(source)) if isinstance(source, Path | str) else _of_objects(source)


def _of_objects(source: Iterable[Any]) -> Iterator[Document | Bad]:
    for index, one in enumerate(source):
        watched = isinstance(one, dict) and "object" in one and "type" in one
        if watched and one["type"] == "BOOKMARK":
            continue
        event: Any = one["type"] if watched and one["type"] in EVENTS else "NONE"
        try:
            yield Document(index, index + 1, event, identified(snapshot(one["object"] if watched else one)))
        except InputError as error:
            yield Bad(index, index + 1, f"document {index}: {error}")


def _of_file(path: str) -> Iterator[Document | Bad]:
    name = "standard input" if path == "-" else path
    index, empty = 0, True
    try:
        for line, text in texts(path):
            empty = False
            for one in _of_text(text, index, line, name):
                index += 1
                yield one
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    if empty:
        raise InputError(f"{name}: it holds no pod; give watch events, pods or a list as kubectl get -o json prints them")


def _of_text(text: bytes | InputError, index: int, line: int, name: str) -> Iterator[Document | Bad]:
    """Yield the pods of one JSON document; a bookmark holds none."""
    where = f"{name}, line {line}"
    if isinstance(text, InputError):
        yield Bad(index, line, f"{where}, document {index}: {text}")
        return
    envelope = _envelope(text)
    if envelope.type == "BOOKMARK":
        return
    if envelope.type == "ERROR":
        yield Bad(index, line, f"{where}, document {index}: the watch ended with an error; start it again")
        return
    carried = bytes(envelope.object)
    event: Any = envelope.type if carried and envelope.type in EVENTS else "NONE"
    pods = [bytes(item) for item in envelope.items] if envelope.items is not None else [carried or text]
    for position, pod in enumerate(pods, index):
        try:
            yield Document(position, line, event, identified(read(pod)))
        except InputError as error:
            yield Bad(position, line, f"{where}, document {position}: {_reason(pod, error)}")


def _envelope(text: bytes) -> Envelope:
    try:
        return _ENVELOPES.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Envelope()


def _reason(text: bytes, error: InputError) -> str:
    try:
        text.decode()
    except UnicodeDecodeError as encoding:
        return f"byte {encoding.start} of the document is not UTF-8; save the input as UTF-8"
    return str(error)


def identified(pod: Snapshot) -> Snapshot:
    """Return the pod; raise InputError where its uid is empty, since snapshots of one pod are known by it."""
    if not pod.uid:
        raise InputError("metadata.uid is empty; give a pod as the API server returns it")
    return pod
