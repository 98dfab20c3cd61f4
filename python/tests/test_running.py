"""How runs behave: the command, threads, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import spherecheck

from .conftest import ROOT, Command


def test_the_command_is_the_program(command: Command) -> None:
    version = command("--version")
    assert version.returncode == 0 and version.stdout.startswith(b"spherecheck ")
    refused = command("audit", "missing.npy")
    assert refused.returncode == 2 and b"missing.npy: no such file" in refused.stderr
    passed = command("gate", ROOT / "fixtures/zoo/l6_web.npy", "--init")
    assert passed.returncode == 0 and passed.stdout.startswith(b"# A policy")


def test_the_installed_script_is_the_command() -> None:
    script = os.path.join(os.path.dirname(sys.executable), "spherecheck")
    printed = subprocess.run([script, "explain", "uniformity"], capture_output=True, text=True)
    assert printed.returncode == 0 and printed.stdout == spherecheck.explain("uniformity")


def test_numbers_do_not_depend_on_threads(rows: np.ndarray) -> None:
    one = spherecheck.audit(rows, threads=1).measures
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: spherecheck.audit(rows * n, threads=2).measures[0].value, [1, 2, 4, 8]))
    assert found == [one[0].value] * 4


def test_other_threads_run_meanwhile() -> None:
    rows = np.random.default_rng(0).normal(size=(1500, 64)).astype(np.float32)
    ticks, done = 0, threading.Event()

    def audit() -> None:
        spherecheck.audit(rows, threads=1)
        done.set()

    worker = threading.Thread(target=audit)
    worker.start()
    while not done.wait(0.002):
        ticks += 1
    worker.join()
    assert ticks > 5


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_ctrl_c_stops_a_run() -> None:
    rows = np.random.default_rng(0).normal(size=(60_000, 64)).astype(np.float32)
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        spherecheck.audit(rows)
    assert time.monotonic() - start < 20
    # What was stopped leaves nothing that would stop the next.
    assert spherecheck.audit(rows[:100]).uniformity.n == 100


def test_nothing_is_printed(rows: np.ndarray, capfd: pytest.CaptureFixture[str]) -> None:
    spherecheck.audit(rows * 2)
    with pytest.raises(spherecheck.SpherecheckError):
        spherecheck.audit(rows[:1])
    assert capfd.readouterr() == ("", "")


def test_all_is_typed() -> None:
    pytest.importorskip("mypy")
    stubs = subprocess.run([sys.executable, "-m", "mypy.stubtest", "spherecheck._native"], capture_output=True, text=True)
    assert stubs.returncode == 0, stubs.stdout
    strict = subprocess.run([sys.executable, "-m", "mypy", "--strict", "-p", "spherecheck"], capture_output=True, text=True)
    assert strict.returncode == 0, strict.stdout
