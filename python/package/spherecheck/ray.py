"""One audit on a Ray cluster: a task for each shard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from . import shards as _shards
from ._results import Audit
from .shards import PathLike, Shard


def audit(
    a: PathLike, b: PathLike | None = None, *, shards: int, folder: PathLike, threads: int = 1, remote: dict[str, Any] | None = None, **options: Any
) -> Audit:
    """An audit of files in `shards` tasks of the cluster that Ray is connected to.

    Parameters
    ----------
    a, b : path
        Files that every node reads.
    shards : int
        Number of tasks.
    folder : path
        Where plan and states lie; all nodes see it. What a run before has left there is used.
    threads : int
        Threads of each task, which takes as many CPUs.
    remote : dict, optional
        Options of ``ray.remote`` for the tasks, such as ``{"max_retries": 10}``. A task whose worker dies is started again
        (3 times unless that says otherwise); the others go on.
    **options
        Those of `spherecheck.audit`, with paths in place of arrays.
    """
    ray = import_module("ray")

    def handed_out(walk: Callable[[Shard], str], parts: list[Shard]) -> Iterable[str]:
        # Ray names a task by its function; a partial has none.
        task = ray.remote(num_cpus=threads, name="spherecheck shard", **(remote or {}))(lambda part: walk(part))
        return list(ray.get([task.remote(part) for part in parts]))

    return _shards.audit(a, b, shards=shards, folder=folder, map=handed_out, threads=threads, **options)
