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


def test_processes_share_an_audit(zoo: Path, tmp_path: Path) -> None:
    views = (zoo / "l6_web.npy", zoo / "l6_kjv.npy")
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = shards.audit(*views, shards=3, folder=tmp_path / "parts", map=pool.map, seed=4)
    assert numbers(found) == numbers(spherecheck.audit(*views, seed=4))
    # A lost state is walked again, the others are found.
    kept = [tmp_path / "parts" / f"part-{k}-of-3.state" for k in (1, 2, 3)]
    times = [file.stat().st_mtime_ns for file in kept]
    kept[1].unlink()
    again = shards.audit(*views, shards=3, folder=tmp_path / "parts", seed=4)
    assert numbers(again) == numbers(found)
    assert [file.stat().st_mtime_ns == time for file, time in zip(kept, times, strict=True)] == [True, False, True]
    with pytest.raises(spherecheck.SpherecheckError, match="missing: 2"):
        shards.merge(tmp_path / "parts" / "plan.json", [kept[0], kept[2]])


def test_arrays_are_not_sent(zoo: Path, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="found an array for labels"):
        shards.plan(tmp_path / "plan.json", zoo / "l6_web.npy", labels=np.zeros(300, dtype=int))


def test_workers_of_dask_share_an_audit(zoo: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("dask.distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, distributed.Client(cluster) as client:
        found = shards.audit(
            zoo / "l6_web.npy", shards=4, folder=tmp_path, map=lambda walk, parts: client.gather(client.map(walk, parts))
        )
    assert numbers(found) == numbers(spherecheck.audit(zoo / "l6_web.npy"))


def test_actors_of_ray_share_an_audit(zoo: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    from ray.util.multiprocessing import Pool

    with Pool(2) as pool:
        found = shards.audit(zoo / "l6_web.npy", shards=4, folder=tmp_path, map=pool.map)
    assert numbers(found) == numbers(spherecheck.audit(zoo / "l6_web.npy"))
