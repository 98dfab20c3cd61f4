"""Shards that processes walk have the bits of one audit."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import spherecheck
from spherecheck import shards


def numbers(audit: spherecheck.Audit) -> object:
    return audit.to_dict()["measures"], audit.to_dict()["replicates"] if "replicates" in audit.to_dict() else None


@pytest.fixture
def files(rows: np.ndarray, tmp_path: Path) -> tuple[Path, Path]:
    """Two views."""
    paths = (tmp_path / "a.npy", tmp_path / "b.npy")
    np.save(paths[0], rows)
    np.save(paths[1], rows + 0.3)
    return paths


def test_processes_share_an_audit(files: tuple[Path, Path], tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = shards.audit(*files, shards=3, folder=tmp_path / "parts", map=pool.map, seed=4)
    assert numbers(found) == numbers(spherecheck.audit(*files, seed=4))
    # A lost state is walked again, the others are found.
    kept = [tmp_path / "parts" / f"part-{k}-of-3.state" for k in (1, 2, 3)]
    times = [file.stat().st_mtime_ns for file in kept]
    kept[1].unlink()
    plan = tmp_path / "parts" / "plan.json"
    for k, state in enumerate(kept):
        shards.walk(plan, k + 1, 3, state)
    again = shards.merge(plan, kept)
    assert numbers(again) == numbers(found)
    assert [file.stat().st_mtime_ns == time for file, time in zip(kept, times, strict=True)] == [True, False, True]
    with pytest.raises(spherecheck.SpherecheckError, match="missing: 2"):
        shards.merge(plan, [kept[0], kept[2]])


def test_arrays_are_not_sent(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="found an array for labels"):
        shards.plan(tmp_path / "plan.json", files[0], labels=np.zeros(40, dtype=int))


def test_workers_of_dask_share_an_audit(files: tuple[Path, Path], tmp_path: Path) -> None:
    distributed = pytest.importorskip("dask.distributed")
    import spherecheck.dask

    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = spherecheck.dask.audit(client, *files, shards=4, folder=tmp_path / "parts")
    assert numbers(found) == numbers(spherecheck.audit(*files))


def test_executors_of_spark_share_an_audit(files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("could not find java, which Spark runs on")
    import spherecheck.spark

    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    settings = {"spark.ui.enabled": "false", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    session = sql.SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    try:
        found = spherecheck.spark.audit(session, *files, shards=4, folder=tmp_path / "parts")
    finally:
        session.stop()
    assert numbers(found) == numbers(spherecheck.audit(*files))


@pytest.fixture
def ray_cluster() -> Iterator[None]:
    """Two nodes of one processor each."""
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        cluster.add_node(num_cpus=1)
        ray.init(address=cluster.address, log_to_driver=False)
    yield
    ray.shutdown()
    cluster.shutdown()


def workers_of_ray() -> list[int]:
    """Processes that walk a shard now."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cmdline").read_bytes().startswith(b"ray::spherecheck shard"):
                found.append(int(process.name))
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are found by /proc")
def test_a_worker_of_ray_that_is_killed_costs_its_shard(ray_cluster: None, tmp_path: Path) -> None:
    import ray
    import spherecheck.ray

    rows = np.random.default_rng(0).normal(size=(9000, 96)).astype(np.float32)
    np.save(tmp_path / "x.npy", rows)
    parts = tmp_path / "parts"
    assert len([node for node in ray.nodes() if node["Alive"]]) == 2
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(spherecheck.ray.audit, tmp_path / "x.npy", shards=8, folder=parts)
        # One state is there, the next are walked.
        while not (walked := list(parts.glob("*.state"))) or not (workers := workers_of_ray()):
            assert not running.done(), "the run was too short to be disturbed"
            time.sleep(0.005)
        left = {state: state.stat().st_mtime_ns for state in walked}
        os.kill(workers[0], signal.SIGKILL)
        found = running.result()
    assert {state: state.stat().st_mtime_ns for state in left} == left
    assert sorted(file.name for file in parts.iterdir()) == sorted(
        ["plan.json", *(f"part-{k}-of-8.state" for k in range(1, 9))]
    )
    assert numbers(found) == numbers(spherecheck.audit(tmp_path / "x.npy"))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_a_process_that_is_killed_leaves_no_half_a_state(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(4000, 64)).astype(np.float32))
    plan, state = shards.plan(tmp_path / "plan.json", tmp_path / "x.npy"), tmp_path / "part.state"
    walk = f"from spherecheck import shards; print(flush=True); shards.walk({str(plan)!r}, 1, 2, {str(state)!r}, threads=1)"
    with subprocess.Popen([sys.executable, "-c", walk], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.03)
        process.kill()
    # On a fast machine it may have ended before: then the state is whole, which the merge checks.
    assert {file.name for file in tmp_path.iterdir()} <= {"x.npy", "plan.json", "part.state"}
    others = shards.walk(plan, 2, 2, tmp_path / "other.state")
    assert numbers(shards.merge(plan, [shards.walk(plan, 1, 2, state), others])) == numbers(spherecheck.audit(tmp_path / "x.npy"))


def test_a_state_that_is_cut_off_is_named_and_walked_again(files: tuple[Path, Path], tmp_path: Path) -> None:
    plan = shards.plan(tmp_path / "plan.json", *files)
    states = [shards.walk(plan, k, 2, tmp_path / f"part-{k}.state") for k in (1, 2)]
    whole = states[1].read_bytes()
    states[1].write_bytes(whole[: len(whole) // 2])
    with pytest.raises(spherecheck.SpherecheckError, match=r"part-2.state.*cut off or changed"):
        shards.merge(plan, states)
    shards.walk(plan, 2, 2, states[1])
    assert states[1].read_bytes() == whole


def test_a_full_disk_is_said_and_leaves_nothing(files: tuple[Path, Path], tmp_path: Path) -> None:
    plan, full = shards.plan(tmp_path / "plan.json", *files), tmp_path / "full"
    full.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", str(full)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"could not mount a small disk: {mounted.stderr.strip()}")
    try:
        with pytest.raises(spherecheck.SpherecheckError, match=r"part.state: cannot be written.*[Nn]o space"):
            shards.walk(plan, 1, 2, full / "part.state")
        assert list(full.iterdir()) == []
    finally:
        subprocess.run(["umount", str(full)], check=True)
