"""What a call costs beside the audit in it: `python call.py time`, or `python call.py memory live|mapped|gaps`.

`docs/python.md` has what was seen.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import spherecheck
from spherecheck import _native


def seconds(path: Path) -> None:
    """A call beside the command of the same process on a file, by turns, best of seven; and what Python does in a call."""
    rows = np.random.default_rng(0).standard_normal((10_000, 768), dtype=np.float32)
    np.save(path, rows)
    words = ["spherecheck", "audit", str(path), "--threads=2", "--format=json", "--quiet"]
    ways: dict[str, Callable[[], str | bytes]] = {
        "call": lambda: spherecheck.audit(rows, threads=2, progress=False).to_json(),
        "command": lambda: _native.run(words, [])[1],
    }
    inside, run = [0.0], _native.run

    def timed(*given: object) -> tuple[int, bytes, str]:
        start = time.perf_counter()
        ended = run(*given)  # type: ignore[arg-type]
        inside[0] = time.perf_counter() - start
        return ended

    _native.run = timed  # type: ignore[assignment]
    took: dict[str, list[tuple[float, float, float, float]]] = {way: [] for way in ways}
    for _ in range(7):
        for way, work in ways.items():
            start = time.perf_counter()
            printed = work()
            wall = time.perf_counter() - start
            ran = json.loads(printed)["provenance"]
            took[way].append((wall, ran["total_seconds"], ran["pass_seconds"], wall - inside[0]))
    for way, of in took.items():
        wall, total, walk, _ = min(of)
        outside = min(row[3] for row in of)
        print(f"{way}: {wall:.3f} s, the audit {total:.3f} s, its pass {walk:.3f} s; in Python {outside * 1e3:.2f} ms")


def resident(field: str) -> float:
    """A size of this process in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def memory(given: str, path: Path) -> None:
    """Growth of the largest resident size during an audit of 398 MiB of rows; Linux."""
    rows = np.random.default_rng(0).standard_normal((136_000, 768), dtype=np.float32)
    if given == "mapped":
        np.save(path, rows)
        rows = np.load(path, mmap_mode="r")
        rows.sum(dtype=np.float64)
    handed = rows[::2] if given == "gaps" else rows
    spherecheck.audit(np.ascontiguousarray(rows[:200, :64]), threads=2)
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    spherecheck.audit(handed, threads=2, budget="60s")
    most = resident("VmHWM")
    print(f"{given}, {handed.nbytes / 2**20:.0f} MiB: {before:.0f} MiB before, {most:.0f} MiB at most: +{most - before:.0f} MiB")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.npy"
        seconds(file) if sys.argv[1] == "time" else memory(sys.argv[2], file)
