"""How far a run is, shown while it goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

#: Told what part of a phase is done, how many seconds the rest of it takes (None before its first step), and its name.
Told = Callable[[float, float | None, str], object]

#: A phase shorter than this shows no line: it would only flicker.
_DELAY = 0.5


@contextmanager
def shown(progress: bool | Told | None) -> Iterator[Told | None]:
    """What is told of a run: a callable as it is; with True a line on standard error, with None one where somebody looks at
    it, in a notebook or on a terminal; with False nothing."""
    if progress is not None and not isinstance(progress, bool):
        if not callable(progress):
            raise TypeError(f"progress: expected True, False, None or a callable, found {progress!r}")
        yield progress
    elif progress is True or (progress is None and _looked_at()):
        line = _Line(sys.stderr)
        try:
            yield line
        finally:
            line.clear()
    else:
        yield None


def _looked_at() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return hasattr(shell, "kernel") or bool(sys.stderr is not None and sys.stderr.isatty())


class _Line:
    """A line that is written over itself; notebooks understand that as terminals do."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._width = stream, 0
        self._phase, self._since = "", time.monotonic()

    def __call__(self, fraction: float, seconds_left: float | None, phase: str) -> None:
        if phase != self._phase:
            self._phase, self._since = phase, time.monotonic()
        if time.monotonic() - self._since < _DELAY:
            return
        left = "" if seconds_left is None else f", {_duration(seconds_left)} left"
        line = f"{phase}: {fraction:.0%}{left}"
        self._stream.write("\r" + line.ljust(self._width))
        self._stream.flush()
        self._width = len(line)

    def clear(self) -> None:
        """Leaves no trace."""
        if self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
