"""Cut an input into JSON documents, in any layout: one a line, several a line, or each over many lines."""

from __future__ import annotations

import gzip
import re
import sys
import zlib
from collections.abc import Iterator
from typing import IO, Final

import msgspec

from podlaw.errors import InputError

LARGEST: Final = 256 << 20  # bytes of one document; a list of ten thousand pods has about a quarter of it
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\]]')


class Object(msgspec.Struct):
    """Any JSON object."""


_OBJECTS: Final = msgspec.json.Decoder(Object)
Text = tuple[int, bytes | InputError]  # the line on which a document begins, and the document or why there is none


def texts(path: str) -> Iterator[Text]:
    """Yield the documents of a file or of standard input ("-"); raise InputError where nothing of it can be read."""
    splitter, begun = Splitter(), False
    try:
        for number, line in _lines(path):
            begun = True
            yield from splitter.feed(number, line)
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        if not begun:
            raise InputError(f"it cannot be read ({reason}); name a readable file, or - for standard input") from None
        yield splitter.number, InputError(f"the rest cannot be read ({reason}); give the whole file")
    yield from splitter.rest()


def _lines(path: str) -> Iterator[tuple[int, bytes]]:
    if path == "-":
        if sys.stdin is None:
            raise OSError("it is closed")
        yield from _numbered(sys.stdin.buffer)
        return
    with open(path, "rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        yield from _numbered(gzip.GzipFile(fileobj=raw) if packed else raw)


def _numbered(stream: IO[bytes] | gzip.GzipFile) -> Iterator[tuple[int, bytes]]:
    """Yield numbered lines without a byte order mark; of a line that is too long only its beginning."""
    number = 0
    while line := stream.readline(LARGEST + 1):
        number += 1
        yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        while len(line) > LARGEST and not line.endswith(b"\n"):
            line = stream.readline(LARGEST + 1)


class Splitter:
    """What has been read of a document that is not yet whole."""

    def __init__(self) -> None:
        self.number = 1
        self.first = 1
        self.held: list[bytes] = []
        self.size = 0
        self.depth = 0

    def feed(self, number: int, line: bytes) -> Iterator[Text]:
        """Yield the documents that end on this line; an object that opens at the margin ends a broken one."""
        self.number = number
        if self.held and line.startswith(b"{"):
            yield from self.rest()
        if not self.held and line.startswith(b"{") and len(line) <= LARGEST and _whole(line):
            yield number, line
        elif not line.isspace():
            yield from self._scan(number, line)

    def _scan(self, number: int, line: bytes) -> Iterator[Text]:
        begin = 0
        for token in _TOKEN.finditer(line):
            mark = token.group()
            if mark in (b"{", b"["):
                self.depth += 1
            elif mark in (b"}", b"]"):
                self.depth -= 1
                if self.depth <= 0:
                    self._hold(number, line[begin : token.end()])
                    begin = token.end()
                    yield from self.rest()
        if line[begin:].strip():
            self._hold(number, line[begin:])
            if self.depth == 0:
                yield from self.rest()

    def _hold(self, number: int, text: bytes) -> None:
        if not self.held:
            self.first = number
        self.size += len(text)
        self.held.append(text if self.size <= LARGEST else b"")

    def rest(self) -> Iterator[Text]:
        """Yield what is held, whole or not, and begin anew."""
        text, size = b"".join(self.held).strip(), self.size
        self.held, self.size, self.depth = [], 0, 0
        if text or size > LARGEST:
            yield self.first, _bounded(text, size)


def _whole(line: bytes) -> bool:
    """Return whether a line is one JSON object; far quicker than to scan it."""
    try:
        _OBJECTS.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _bounded(text: bytes, size: int = 0) -> bytes | InputError:
    size = max(size, len(text))
    return text if size <= LARGEST else InputError(f"the document has more than {LARGEST} bytes; give one pod a document")
