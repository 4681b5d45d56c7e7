"""Every error podlaw raises on purpose: one sentence naming the thing, what was given, and the remedy."""

from __future__ import annotations


class PodlawError(Exception):
    """The base of all errors below; commands print it as one sentence and exit with status 2."""


class LawError(PodlawError):
    """The law itself, or the selection of a version or gate, is wrong; names file, line and remedy."""


class InputError(PodlawError):
    """A document is not a pod; names file, document number and field."""


class EventError(PodlawError):
    """An event was refused; names the event, the state, the failing guard and what is possible instead."""
