"""Values that people give, against their declared types: parameters of events, and the fields of what is around a pod."""

from __future__ import annotations

from typing import Any, Final

from podlaw.types import Type, Vocabulary

WORDS: Final = {"int": "a whole number", "bool": "true or false", "time": "seconds"}
PLAIN: Final[dict[str, tuple[type, ...]]] = {"int": (int,), "bool": (bool,), "time": (int, float)}


def fits(value: Any, kind: Type, vocabulary: Vocabulary) -> bool:
    """Return whether a plain value is of a type; open enumerations take any text."""
    if kind.many:
        return isinstance(value, list | tuple) and all(fits(one, Type(kind.name), vocabulary) for one in value)
    if value is None:
        return kind.optional
    if kind.name in vocabulary.enums:
        return isinstance(value, str) and value in vocabulary.enums[kind.name]
    plain = PLAIN.get(kind.name, (str,))
    return isinstance(value, plain) and isinstance(value, bool) == (kind.name == "bool")


def wanted(kind: Type, vocabulary: Vocabulary) -> str:
    """Return what a value of a type may be, in words."""
    one = " or ".join(sorted(vocabulary.enums[kind.name])) if kind.name in vocabulary.enums else WORDS.get(kind.name, "a text")
    return f"a list, each {one}" if kind.many else one
