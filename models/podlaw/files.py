"""Write what a command is asked to, each file whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from podlaw.errors import InputError


def directory(path: Path) -> None:
    """Make a directory where there is none; raise InputError where it cannot be written to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: it cannot be made ({error.strerror}); name a directory you may write to") from None
    if not os.access(path, os.W_OK):
        raise InputError(f"{path}: it cannot be written to; name a directory you may write to")


def write(path: Path, text: str) -> None:
    """Write a file, and make its directory; raise InputError where that cannot be done. A device is written to, not replaced."""
    directory(path.parent)
    draft = path.parent / f".{path.name}.{os.getpid()}"
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, "utf-8")
            return
        draft.write_text(text, "utf-8")
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise InputError(f"{path}: it cannot be written ({error.strerror}); name a file you may write to") from None
