"""How far a run is, and who is told."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import spherecheck
import spherecheck.shards
from spherecheck import _progress


@pytest.fixture(scope="module")
def many() -> np.ndarray:
    """Rows whose audit on one thread takes ten times as long as it lasts until somebody is told, however fast or busy the machine is."""
    rows, taken = np.empty((1000, 64), dtype=np.float32), 0.0
    while taken < 0.5:
        rows = np.random.default_rng(0).normal(size=(int(len(rows) * 1.5), 64)).astype(np.float32)
        start = time.monotonic()
        spherecheck.audit(rows, threads=1)
        taken = time.monotonic() - start
    return rows


def test_a_callable_is_told_and_numbers_stay_the_same(many: np.ndarray) -> None:
    told: list[tuple[float, float | None, str]] = []
    found = spherecheck.audit(many, threads=1, progress=lambda *now: told.append(now))
    assert len(told) >= 2
    assert all(0 <= fraction <= 1 and (left is None or left >= 0) for fraction, left, _ in told)
    for phase in {phase for _, _, phase in told}:
        parts = [fraction for fraction, _, name in told if name == phase]
        assert parts == sorted(parts)
    assert any("all pairs" in phase for _, _, phase in told) and max(fraction for fraction, _, _ in told) > 0
    assert found.measures == spherecheck.audit(many, threads=2, progress=False).measures


def test_what_a_callable_raises_stops_the_run(many: np.ndarray) -> None:
    def enough(*now: object) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        spherecheck.audit(many, threads=1, progress=enough)
    assert spherecheck.audit(many[:100]).uniformity.n == 100


def test_what_is_neither_is_refused(rows: np.ndarray) -> None:
    with pytest.raises(TypeError, match="progress: expected True, False, None or a callable, found 'yes'"):
        spherecheck.audit(rows, progress="yes")


def test_merges_of_shards_tell_how_far_they_are(many: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.vstack([many, many[:1]]))
    told: list[str] = []
    # The row that comes twice has the merge walk all pairs once more.
    spherecheck.shards.audit(
        tmp_path / "x.npy", shards=2, folder=tmp_path / "parts", threads=1, progress=lambda fraction, left, phase: told.append(phase)
    )
    assert "all pairs without repeated rows" in told


class Terminal(io.StringIO):
    """Standard error that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_a_line_is_shown_where_somebody_looks(many: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, progress, seen in ((io.StringIO(), None, False), (io.StringIO(), True, True), (Terminal(), None, True), (Terminal(), False, False)):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(_progress, "_DELAY", 0.0)
        spherecheck.audit(many, threads=1, progress=progress)
        written = stream.getvalue()
        assert (" left" in written and "all pairs" in written) == seen, written
        # What is left of the line is nothing.
        assert written.endswith("\r") if seen else written == ""


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0 s"), (59.4, "59 s"), (61, "1 min"), (7000, "117 min"), (7500, "2.1 h")])
def test_durations_are_short(seconds: float, said: str) -> None:
    assert _progress._duration(seconds) == said


def test_a_notebook_shows_a_line(many: np.ndarray) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    setup = (
        "import numpy as np, spherecheck\nspherecheck._progress._DELAY = 0\n"
        f"rows = np.random.default_rng(0).normal(size={many.shape}).astype('float32')"
    )
    call = "found = spherecheck.audit(rows, threads=1{})"
    cells = [setup, call.format(""), call.format(", progress=False")]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=300).execute()
    said = ["".join(output.get("text", "") for output in cell["outputs"] if output.get("name") == "stderr") for cell in notebook.cells]
    assert "all pairs: " in said[1] and " left" in said[1] and said[1].endswith("\r")
    assert said[0] == said[2] == ""
