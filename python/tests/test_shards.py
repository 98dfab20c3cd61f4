"""Shards that processes walk have the bits of one audit."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
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
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, distributed.Client(cluster) as client:
        found = shards.audit(
            files[0], shards=4, folder=tmp_path, map=lambda walk, parts: client.gather(client.map(walk, parts))
        )
    assert numbers(found) == numbers(spherecheck.audit(files[0]))


def test_actors_of_ray_share_an_audit(files: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("ray")
    from ray.util.multiprocessing import Pool

    with Pool(2) as pool:
        found = shards.audit(files[0], shards=4, folder=tmp_path, map=pool.map)
    assert numbers(found) == numbers(spherecheck.audit(files[0]))
