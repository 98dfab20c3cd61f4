"""Labels, numbers and tables as notebooks show them."""

from __future__ import annotations

import html
from typing import Any

import numpy as np


def plain_number(value: float) -> str:
    """A parameter as labels write it: in full, without an exponent."""
    return str(np.format_float_positional(value, trim="-"))


def label_of(line: dict[str, Any]) -> str:
    """Metric, parameters and side of a line of a report."""
    params = ",".join(f"{name}={plain_number(value)}" for name, value in line["params"].items())
    return f"{line['metric']}{{{params}}} {line['side']}" if params else f"{line['metric']} {line['side']}"


def short(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def span(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{low:.4g} to {high:.4g}"


def beside(against: dict[str, Any] | None) -> str:
    return f" ({against['verdict']})" if against else ""


def table(head: list[str], rows: list[list[str]]) -> str:
    cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    lines = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"
