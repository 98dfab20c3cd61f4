"""What the tests share."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
Command = Callable[..., "subprocess.CompletedProcess[bytes]"]


def timeless(printed: str | bytes) -> str:
    """JSON of an audit without the times that it took."""
    text = printed.decode() if isinstance(printed, bytes) else printed
    cut, times = re.subn(r'"(pass|total)_seconds": [0-9.e-]+', r'"\1_seconds": 0', text)
    assert times == 2
    # A library has no process of its own.
    return re.sub(r',\s*"process_seconds": \{[^}]*\}', "", cut)


@pytest.fixture(scope="session")
def zoo() -> Path:
    """300 verses of two translations, by four models."""
    return ROOT / "fixtures" / "zoo"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Runs the installed command in a folder of its own."""

    def run(*words: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([sys.executable, "-m", "spherecheck", *map(str, words)], cwd=tmp_path, capture_output=True)

    return run


@pytest.fixture
def rows() -> np.ndarray:
    """40 rows of 6 columns."""
    return np.random.default_rng(7).normal(size=(40, 6)).astype(np.float32)
