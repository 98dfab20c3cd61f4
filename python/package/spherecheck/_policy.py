"""Policies: what a model must keep to ship."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class Policy:
    """Rules for `spherecheck.gate`, as TOML.

    >>> policy = Policy([{"metric": "uniformity{t=2}", "side": "mean", "at_most": -2.5}], confidence=0.99)
    >>> print(policy.toml)
    confidence = 0.99
    <BLANKLINE>
    [[rule]]
    metric = "uniformity{t=2}"
    side = "mean"
    at_most = -2.5
    <BLANKLINE>
    """

    def __init__(self, rules: Sequence[Mapping[str, Any]], **settings: Any) -> None:
        tables = [_lines(settings)] if settings else []
        tables += [f"[[rule]]\n{_lines(rule)}" for rule in rules]
        #: What a file of this policy would hold.
        self.toml: str = "\n".join(tables)

    @classmethod
    def of_toml(cls, toml: str) -> Policy:
        """A policy from its text."""
        policy = cls([])
        policy.toml = toml
        return policy

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Policy:
        """A policy from a file."""
        return cls.of_toml(Path(path).read_text(encoding="utf-8"))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes it to a file."""
        Path(path).write_text(self.toml, encoding="utf-8")

    def __repr__(self) -> str:
        return f"Policy.of_toml({self.toml!r})"


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in table.items())


def _value(value: Any) -> str:
    """A value in TOML, which writes texts, numbers and truth as JSON does."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
