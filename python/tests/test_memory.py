"""What a call costs in memory beside the rows: no copy of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

#: Growth of the largest resident size during an audit, as a share of the rows' bytes. These are resident before. (Not
#: `ru_maxrss`, which a process takes over from the one that starts it.)
GROWTH = """
import sys
import numpy as np, spherecheck

def resident(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))

given, path = sys.argv[1:]
rows = np.load(path, mmap_mode="r" if given == "mapped" else None)
if given == "columns":
    rows = np.asfortranarray(rows)
rows.sum(dtype=np.float64)
handed = {"half": rows[: len(rows) // 2], "gaps": rows[::2]}.get(given, rows)
spherecheck.audit(np.ascontiguousarray(rows[:200]), threads=1)
with open("/proc/self/clear_refs", "w") as peaks:
    peaks.write("5")
before = resident("VmRSS")
spherecheck.audit(handed, threads=1, sample=500)
print((resident("VmHWM") - before) / handed.nbytes)
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """80 MB of rows."""
    file = tmp_path_factory.mktemp("rows") / "x.npy"
    np.save(file, np.random.default_rng(0).normal(size=(40_000, 512)).astype(np.float32))
    return file


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from /proc")
@pytest.mark.parametrize(("given", "copies"), [("live", 0), ("mapped", 0), ("half", 0), ("gaps", 1), ("columns", 1)])
def test_rows_that_lie_in_one_piece_are_not_copied(path: Path, given: str, copies: int) -> None:
    ran = subprocess.run([sys.executable, "-c", GROWTH, given, str(path)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert copies - 0.2 < float(ran.stdout) < copies + 0.4, (given, ran.stdout)
