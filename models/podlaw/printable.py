"""What may reach a terminal of what a document says."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return text without control characters, which an object could use to deceive a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
