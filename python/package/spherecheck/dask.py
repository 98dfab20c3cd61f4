"""One audit on a Dask cluster: a task for each shard."""

from __future__ import annotations

from typing import Any

from . import shards as _shards
from ._results import Audit
from .shards import PathLike


def audit(
    client: Any, a: PathLike, b: PathLike | None = None, *, shards: int, folder: PathLike, threads: int = 1, **options: Any
) -> Audit:
    """An audit of files in `shards` tasks of the cluster of a ``dask.distributed.Client``.

    Parameters
    ----------
    client : dask.distributed.Client
        The cluster. It starts a task whose worker dies again, on another (``distributed.scheduler.allowed-failures``).
    a, b : path
        Files that every worker reads.
    shards : int
        Number of tasks.
    folder : path
        Where plan and states lie; all workers see it. What a run before has left there is used.
    threads : int
        Threads of each task; Dask counts a task as one, so take workers with as many cores for each of their threads.
    **options
        Those of `spherecheck.audit`, with paths in place of arrays.
    """
    return _shards.audit(
        a,
        b,
        shards=shards,
        folder=folder,
        # Not pure: what a task leaves is a file, which may be gone when the same is asked again.
        map=lambda walk, parts: client.gather(client.map(walk, parts, pure=False)),
        threads=threads,
        **options,
    )
