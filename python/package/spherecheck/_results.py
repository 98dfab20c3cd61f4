"""What a run found: the JSON that the command prints, with names for what is in it."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from . import _native
from ._errors import SpherecheckError
from ._html import beside, label_of, plain_number, short, span, table


@dataclass(frozen=True)
class Interval:
    """A confidence interval."""

    low: float
    high: float
    #: Its level, such as 0.95.
    level: float


@dataclass(frozen=True)
class Measure:
    """A number of an audit, with its error."""

    #: Its name, as `spherecheck.explain` takes it.
    metric: str
    #: Its parameters, such as ``{"t": 2.0}``.
    params: dict[str, float]
    #: ``a``, ``b``, ``mean`` (of both) or ``cross`` (between them).
    side: str
    value: float
    #: Standard error; None where there is none, which `definitions` of the audit explains.
    se: float | None
    interval: Interval | None
    #: What the number is made of: pairs or rows.
    n: int
    #: Its value for a perfect encoder.
    ideal: float | None
    #: Its value for an encoder that maps everything to one point.
    collapsed: float | None
    #: All fields, as they stand in the JSON.
    fields: dict[str, Any]

    @classmethod
    def _of(cls, fields: dict[str, Any]) -> Measure:
        interval = fields.get("interval")
        return cls(
            metric=fields["metric"],
            params=fields["params"],
            side=fields["side"],
            value=_number(fields["value"]),
            se=fields.get("se"),
            interval=Interval(**interval) if interval else None,
            n=fields["n"],
            ideal=fields.get("ideal"),
            collapsed=fields.get("collapsed"),
            fields=fields,
        )

    @property
    def label(self) -> str:
        """Metric and parameters as policies and reports write them: ``uniformity{t=2}``."""
        params = ",".join(f"{name}={plain_number(value)}" for name, value in self.params.items())
        return f"{self.metric}{{{params}}}" if params else self.metric

    def __float__(self) -> float:
        return self.value


class Result:
    """What every run gives: the JSON of the command, byte for byte but for the times that it took."""

    def __init__(self, printed: bytes) -> None:
        self._printed = printed

    @cached_property
    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(self._printed)
        return fields

    def to_json(self) -> str:
        """What `--format json` prints."""
        return self._printed.decode()

    def to_dict(self) -> dict[str, Any]:
        """The same as dictionaries and lists, of their own."""
        fields: dict[str, Any] = json.loads(self._printed)
        return fields

    @property
    def notes(self) -> list[str]:
        """What is to be known of the numbers, in whole sentences."""
        return [note["text"] for note in self._fields.get("notes", [])]


class Tabular(Result):
    """A result that libraries of frames take as it is: ``polars.DataFrame(audit)``, ``pyarrow.table(audit)``."""

    def records(self) -> list[dict[str, Any]]:
        """Its flat rows."""
        raise NotImplementedError

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The same rows as `records` gives, as a stream of Arrow; null where a row has no such value."""
        records = self.records()
        names = dict.fromkeys(name for record in records for name in record)
        return _native.stream([(name, _KINDS.get(name, "real"), [record.get(name) for record in records]) for name in names])


#: Kinds of columns that are no floating-point numbers.
_KINDS = {**dict.fromkeys(("metric", "side", "model", "verdict"), "text"), "n": "whole"}


class Audit(Tabular):
    """An audit: measures by label, such as ``audit["uniformity{t=2}"]`` or ``audit["uniformity", "mean"]``.

    A label without parameters, and one without a side, is enough where it leaves one number; ``audit.uniformity`` is
    ``audit["uniformity"]``. It has the methods of a mapping, whose keys are labels with sides: ``uniformity{t=2} a``. (Declared
    to be one, polars would make a column of each measure.)
    """

    @cached_property
    def measures(self) -> list[Measure]:
        """Every number, in the order of the reports."""
        return [Measure._of(fields) for fields in self._fields["measures"]]

    @property
    def name(self) -> str:
        """What reports call the model."""
        return str(self._fields["subject"]["name"])

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What is wrong, and what is well: name, severity, numbers, meaning, cause, what to try."""
        return list(self._fields.get("findings", []))

    def __getitem__(self, key: str | tuple[str, str]) -> Measure:
        found = self._find(key)
        if len(found) == 1:
            return found[0]
        shown = key if isinstance(key, str) else " ".join(key)
        if not found:
            raise KeyError(f"{shown}: the audit has no such measure; it has {', '.join(self)}")
        names = ", ".join(f"{m.label} {m.side}" for m in found)
        raise KeyError(f"{shown}: the audit has several: {names}")

    def _find(self, key: str | tuple[str, str]) -> list[Measure]:
        label, side = key if isinstance(key, tuple) else (key, None)
        if side is None and " " in label:
            label, side = label.rsplit(" ", 1)
        return [m for m in self.measures if label in (m.label, m.metric) and side in (None, m.side)]

    def __getattr__(self, name: str) -> Measure:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(m.metric for m in self.measures)})

    def __iter__(self) -> Iterator[str]:
        return iter(f"{m.label} {m.side}" for m in self.measures)

    def __len__(self) -> int:
        return len(self.measures)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, (str, tuple)) and len(self._find(key)) == 1

    def get(self, key: str | tuple[str, str], default: Any = None) -> Any:
        """The measure of this label, or else `default`."""
        return self[key] if key in self else default

    def keys(self) -> list[str]:
        """Labels with sides, in the order of the reports."""
        return list(self)

    def values(self) -> list[Measure]:
        """The same as `measures`."""
        return list(self.measures)

    def items(self) -> list[tuple[str, Measure]]:
        """Labels with sides, and measures."""
        return list(zip(self, self.measures, strict=True))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Audit) and self._printed == other._printed

    def __hash__(self) -> int:
        return hash(self._printed)

    def records(self) -> list[dict[str, Any]]:
        """A flat row for each measure: ``pandas.DataFrame(audit.records())``; see `__arrow_c_stream__`, too."""
        return [
            {
                "metric": m.metric,
                **m.params,
                "side": m.side,
                "value": m.value,
                "se": m.se,
                "low": m.interval.low if m.interval else None,
                "high": m.interval.high if m.interval else None,
                "n": m.n,
                "ideal": m.ideal,
                "collapsed": m.collapsed,
            }
            for m in self.measures
        ]

    def save(self, directory: str | os.PathLike[str], title: str | None = None) -> list[Path]:
        """Writes every report into a directory, as the command's `--out` does (figures of distributions need
        ``audit(..., out=directory)``); gives the files."""
        try:
            return [Path(file) for file in _native.save(self._printed, directory, title)]
        except ValueError as error:
            raise SpherecheckError(str(error)) from None

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Audit:
        """An audit that was saved as JSON."""
        printed = Path(path).read_bytes()
        try:
            schema = json.loads(printed).get("schema")
        except (ValueError, AttributeError) as error:
            raise SpherecheckError(f"{os.fspath(path)}: no saved audit ({error})") from None
        if schema != "spherecheck.audit/1":
            raise SpherecheckError(f"{os.fspath(path)}: no saved audit: its schema is {schema!r}, expected 'spherecheck.audit/1'")
        return cls(printed)

    def __repr__(self) -> str:
        shape = self._fields["subject"]["a"]
        said = [finding["name"] for finding in self.findings if finding["severity"] not in ("fact", "good")]
        wrong = ", ".join(said) if said else "no problem found"
        return f"<spherecheck.Audit {self.name}: {shape['rows']} x {shape['dim']}, {len(self)} measures, {wrong}>"

    def _repr_html_(self) -> str:
        said = "".join(
            f"<li><b>{html.escape(f['name'])}</b> ({html.escape(f['severity'])}): {html.escape(f['meaning'])}</li>"
            for f in self.findings
        )
        rows = [
            [m.label, m.side, short(m.value), short(m.se), _range(m.interval), f"{m.n:,}", short(m.ideal), short(m.collapsed)]
            for m in self.measures
        ]
        head = ["metric", "side", "value", "se", "interval", "n", "ideal", "collapsed"]
        return f"<p><b>{html.escape(self.name)}</b></p><ul>{said}</ul>{table(head, rows)}"


class Comparison(Tabular):
    """Models of the same items, side by side: each difference with its paired error, and a verdict."""

    @property
    def models(self) -> list[str]:
        """What the models are called; the first is the base."""
        return [str(model["name"]) for model in self._fields["models"]]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """A measure on each line, with a cell for each model."""
        return list(self._fields["lines"])

    def verdicts(self, model: str | int = 1) -> dict[str, str]:
        """Of each measure (label and side) what a model is beside the base: ``better``, ``worse``, ``same``, ..

        A model is its name or its number; the base has number 0.
        """
        at = self.models.index(model) if isinstance(model, str) else model
        cells = {label_of(line): line["cells"][at] for line in self.lines}
        return {label: cell["against"]["verdict"] for label, cell in cells.items() if "against" in cell}

    def records(self) -> list[dict[str, Any]]:
        """A flat row for each measure of each model: ``pandas.DataFrame(comparison.records())``."""
        rows = []
        for line in self.lines:
            for model, cell in zip(self.models, line["cells"], strict=True):
                against = cell.get("against") or {}
                difference, interval = against.get("difference") or {}, against.get("interval") or {}
                rows.append(
                    {
                        "model": model,
                        "metric": line["metric"],
                        **line["params"],
                        "side": line["side"],
                        "value": cell.get("value"),
                        "se": cell.get("se"),
                        "difference": difference.get("value"),
                        "difference_se": difference.get("se"),
                        "low": interval.get("low"),
                        "high": interval.get("high"),
                        "p": against.get("p"),
                        "verdict": against.get("verdict"),
                    }
                )
        return rows

    def __repr__(self) -> str:
        return f"<spherecheck.Comparison {' with '.join(self.models)}: {len(self.lines)} measures>"

    def _repr_html_(self) -> str:
        head = ["metric", *self.models]
        rows = []
        for line in self.lines:
            cells = [short(cell.get("value")) + beside(cell.get("against")) for cell in line["cells"]]
            rows.append([label_of(line), *cells])
        return table(head, rows)


class Verdict(Result):
    """What a policy says of a model. It is true where the model may ship, and raises nothing where it may not."""

    def __init__(self, printed: bytes, status: int) -> None:
        super().__init__(printed)
        #: Exit status of the command: 0 pass, 1 a rule is broken, 3 undecided where the policy takes that for a failure.
        self.status = status

    def __bool__(self) -> bool:
        return self.status == 0

    @property
    def decision(self) -> str:
        """``pass``, ``violated`` or ``undecided``."""
        return str(self._fields["decision"])

    @property
    def rules(self) -> list[dict[str, Any]]:
        """Each rule of the policy, what was found, its outcome and why."""
        return list(self._fields["findings"])

    @property
    def broken(self) -> list[str]:
        """What is not met, in a sentence each."""
        return [f"{_subject(f)}: {f['why']}" for f in self.rules if f["outcome"] in ("broken", "undecided")]

    def __repr__(self) -> str:
        why = "".join(f"\n  {line}" for line in self.broken)
        return f"<spherecheck.Verdict {self.decision}: {self._fields['subject']}{why}>"

    def _repr_html_(self) -> str:
        head = ["rule", "value", "se", "outcome", "why"]
        rows = [[_subject(f), short(f.get("value")), short(f.get("se")), f["outcome"], f["why"]] for f in self.rules]
        return f"<p><b>{html.escape(self.decision)}</b>: {html.escape(self._fields['subject'])}</p>{table(head, rows)}"


class Probe(Result):
    """How well labels or numbers are read from rows."""

    @property
    def scores(self) -> list[dict[str, Any]]:
        """Each probe with its score, interval, and the baseline that guesses."""
        return list(self._fields["scores"])

    def __repr__(self) -> str:
        said = ", ".join(f"{s['probe']} {s['quantity']} {short(s['value'])}" for s in self.scores)
        return f"<spherecheck.Probe {self._fields['name']}: {said}>"

    def _repr_html_(self) -> str:
        rows = [
            [s["probe"], s["quantity"], short(s["value"]), span(s.get("low"), s.get("high")), str(s.get("n", ""))]
            for s in self.scores
        ]
        return table(["probe", "quantity", "value", "interval", "n"], rows)


def _number(value: float | None) -> float:
    # What has no value is written as null: no number, and none that compares.
    return float("nan") if value is None else value


def _subject(finding: dict[str, Any]) -> str:
    """What a rule is about."""
    rule = finding["rule"]
    if rule.get("metric") is None:
        return str(rule.get("finding"))
    side, part = rule.get("side"), rule.get("slice")
    label = label_of({**rule, "side": side or ""}).strip()
    return f"{label} [{part}]" if part else label


def _range(interval: Interval | None) -> str:
    return span(interval.low, interval.high) if interval else "–"
