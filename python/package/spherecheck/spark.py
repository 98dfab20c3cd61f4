"""One audit on a Spark cluster: a task for each shard."""

from __future__ import annotations

from typing import Any

from . import shards as _shards
from ._results import Audit
from .shards import PathLike


def audit(
    session: Any, a: PathLike, b: PathLike | None = None, *, shards: int, folder: PathLike, threads: int = 1, **options: Any
) -> Audit:
    """An audit of files in `shards` tasks of the cluster of a ``pyspark.sql.SparkSession``.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        The cluster, by a classic session (one of Spark Connect has no ``sparkContext``). It starts a task that fails again
        (``spark.task.maxFailures``; in ``local`` mode it does not).
    a, b : path
        Files that every executor reads.
    shards : int
        Number of tasks.
    folder : path
        Where plan and states lie; driver and executors see it. What a run before has left there is used.
    threads : int
        Threads of each task; set ``spark.task.cpus`` to the same.
    **options
        Those of `spherecheck.audit`, with paths in place of arrays.
    """
    context = session.sparkContext
    return _shards.audit(
        a,
        b,
        shards=shards,
        folder=folder,
        map=lambda walk, parts: context.parallelize(parts, len(parts)).map(walk).collect(),
        threads=threads,
        **options,
    )
