"""The shape of spec/validation.yaml, as it stands in YAML; `podlaw.validation` checks what the shape alone cannot say."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from podlaw.schema import Applies, Let


class Entry(Applies, frozen=True, kw_only=True):
    """What one entry of the validation ranges over, and the field or fields that it is about."""

    id: str | list[str]
    says: str
    source: str
    each: str | dict[str, str | list[str]] = field(default_factory=dict)
    premise: str = field(default="true", name="if")
    field: str | list[str]


class Drop(Entry, frozen=True, kw_only=True):
    """A field that is taken away before anything is judged."""

    drop: str


class Default(Entry, frozen=True, kw_only=True):
    """What a field that is not given becomes."""

    default: str
    to: str


class Refusal(Entry, frozen=True, kw_only=True):
    """What a field must be. Just one of `then`, `unique` (a key that no earlier one has), `one_of` and `given` says it."""

    refusal: str
    reason: str
    detail: str = ""
    value: str | None = None
    at: Literal["create", "always"] = "always"
    then: str | None = None
    unique: str | None = None
    within: str | None = None
    one_of: list[str] | None = None
    given: bool | None = None


class Endpoint(Applies, frozen=True, kw_only=True):
    """What an update through one endpoint of a pod `takes` from the request; of that it `keeps` the old where the new is empty."""

    takes: list[str]
    keeps: list[str] = field(default_factory=list)
    rule: str | list[str] = ""


class Validation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the API server makes of a manifest, and what it refuses."""

    of: str
    reasons: dict[str, bool]
    endpoints: dict[str, Endpoint]
    loops: dict[str, dict[str, str | list[str]]] = {}
    let: dict[str, str | list[Let]] = {}
    drops: list[Drop] = []
    defaults: list[Default] = []
    refusals: list[Refusal] = []
