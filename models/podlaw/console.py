"""What all commands share: the options that choose a law, how they print, and how they end.

Exit status everywhere: 0 holds, 1 violated, 2 bad input or usage, 3 undetermined.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Final, Literal, NoReturn

import typer

from podlaw.errors import LawError
from podlaw.printable import printable

if TYPE_CHECKING:
    from podlaw.law import Law

HOLDS, VIOLATED, BAD, UNDETERMINED = range(4)
INTERRUPTED: Final = 130  # as shells have it
STATUSES: Final = {"lawful": HOLDS, "unlawful": VIOLATED, "undetermined": UNDETERMINED}
Format = Literal["text", "json"]

Version = Annotated[str | None, typer.Option("--law", metavar="MINOR", help="Kubernetes minor of both components, for example 1.36.")]
ApiServer = Annotated[str | None, typer.Option("--apiserver", metavar="MINOR", help="Minor of the API server.")]
Kubelet = Annotated[str | None, typer.Option("--kubelet", metavar="MINOR", help="Minor of the kubelet.")]
Gates = Annotated[list[str] | None, typer.Option("--gate", metavar="COMPONENT:NAME=BOOL", help="A feature gate; may be repeated.")]
Shape = Annotated[Format, typer.Option("--format", help="For people or for programs.")]


def law(version: str | None, apiserver: str | None, kubelet: str | None, gates: list[str] | None) -> Law:
    """Return the law that the options choose; raise LawError for a version, pair or gate that there is not."""
    from podlaw.law import Law  # noqa: PLC0415 - the help must not wait for the law

    wanted: dict[str, dict[str, bool]] = {}
    for text in gates or []:
        component, gate, value = _gate(text)
        wanted.setdefault(component, {})[gate] = value
    return Law(version, apiserver=apiserver, kubelet=kubelet, gates=wanted)


def _gate(text: str) -> tuple[str, str, bool]:
    head, _, value = text.partition("=")
    component, _, gate = head.partition(":")
    if not gate or value not in ("true", "false"):
        raise LawError(f"--gate '{text}' is not COMPONENT:NAME=true or =false; write for example kubelet:ContainerRestartRules=false")
    return component, gate, value == "true"


def say(text: str) -> None:
    """Print; where the reader has seen enough (`head`), go on in silence, for the status is still the answer."""
    if sys.stdout is None:  # it was closed before the start
        return
    try:
        sys.stdout.write(_encodable(text, sys.stdout.encoding) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        silence()


def _encodable(text: str, encoding: str | None) -> str:
    """Return text with what the reader's encoding lacks replaced."""
    return text.encode(encoding or "utf-8", "replace").decode(encoding or "utf-8")


def silence() -> None:
    """Let what is left in the buffer of standard output go nowhere when the program ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(sentence: str) -> None:
    """Print one sentence on standard error."""
    if sys.stderr is not None:
        sys.stderr.write(_encodable("podlaw: " + printable(sentence), sys.stderr.encoding) + "\n")


def finish(status: int, errors: list[str]) -> NoReturn:
    """End with ``status``; bad documents are reported, and make it 2 unless something was violated."""
    for sentence in errors:
        complain(sentence)
    raise typer.Exit(BAD if errors and status != VIOLATED else status)
