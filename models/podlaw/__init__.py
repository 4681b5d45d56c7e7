"""The Kubernetes Pod lifecycle as an executable, versioned law, measured against the kubelet."""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from podlaw.errors import EventError, InputError, LawError, PodlawError
    from podlaw.history.check import Report, check
    from podlaw.history.why import Reading, why
    from podlaw.law import Law
    from podlaw.oracle import Oracle
    from podlaw.snapshot import Snapshot
    from podlaw.validation import Refused

__all__ = ["EventError", "InputError", "Law", "LawError", "Oracle", "PodlawError", "Reading", "Refused", "Report", "Snapshot", "check", "why"]

_HOMES: Final = {
    "EventError": "errors", "InputError": "errors", "LawError": "errors", "PodlawError": "errors",
    "Law": "law", "Oracle": "oracle", "Snapshot": "snapshot", "Refused": "validation",
    "Report": "history.check", "check": "history.check", "Reading": "history.why", "why": "history.why",
}  # fmt: skip


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `podlaw --help` starts at once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'podlaw' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"podlaw.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
