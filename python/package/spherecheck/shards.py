"""One audit in many processes, on any engine that maps a function over a list.

A plan says what is asked; each shard of it is walked by itself and leaves a state; the states make the audit, with the bits of
an audit on one machine. Files lie where every worker reads them. `docs/shards.md` tells what that costs. `spherecheck.ray`,
`spherecheck.dask` and `spherecheck.spark` hand the shards out on clusters of these.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from . import _native
from ._calls import _words
from ._errors import SpherecheckError
from ._inputs import Memory
from ._progress import Told, shown
from ._results import Audit

PathLike = str | os.PathLike[str]
#: A shard: its plan, its number, counted from 1, and of how many.
Shard = tuple[str, int, int]
#: What hands shards out: calls a function for each, anywhere, and gives the results, in order.
Map = Callable[[Callable[[Shard], str], list[Shard]], Iterable[str]]


def plan(file: PathLike, a: PathLike, b: PathLike | None = None, **options: Any) -> Path:
    """Writes down what is asked, with the options of `spherecheck.audit`; inputs are paths."""
    views = [os.fsdecode(view) for view in (a, b) if view is not None]
    _shard("plan", [f"-o{os.fsdecode(file)}"], views, options)
    return Path(file)


def walk(plan: PathLike, shard: int, of: int, state: PathLike, **options: Any) -> Path:
    """Walks shard `shard` of `of`, counted from 1, and writes the state; one that is there already is left."""
    words = [f"--shard={shard}/{of}", f"-o{os.fsdecode(state)}"]
    _shard("run", words, [os.fsdecode(plan)], options)
    return Path(state)


def merge(plan: PathLike, states: Iterable[PathLike], **options: Any) -> Audit:
    """The audit of all states of a plan."""
    files = [os.fsdecode(file) for file in (plan, *states)]
    return Audit(_shard("merge", ["--format=json"], files, options))


def audit(
    a: PathLike,
    b: PathLike | None = None,
    *,
    shards: int,
    folder: PathLike,
    map: Map = map,
    threads: int | None = None,
    progress: bool | Told | None = None,
    **options: Any,
) -> Audit:
    """An audit in `shards` shards that `map` hands out, with plan and states in `folder`, which all workers see; each process
    has `threads` threads, as many as its machine has cores unless they are given. `progress` is that of plan and merge.

    Examples
    --------
    Processes of this machine and MPI have such a map::

        with concurrent.futures.ProcessPoolExecutor() as pool:
            spherecheck.shards.audit("x.npy", shards=8, folder="parts", map=pool.map, threads=1)
        with mpi4py.futures.MPIPoolExecutor() as pool:
            spherecheck.shards.audit("/nfs/x.npy", shards=64, folder="/nfs/parts", map=pool.map, threads=1)

    A lost worker costs its own shard: called again, this finds the states that are there.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    file = plan(place / "plan.json", a, b, threads=threads, progress=progress, **options)
    states = list(map(partial(_walk, threads=threads), [(str(file), shard, shards) for shard in range(1, shards + 1)]))
    return merge(file, states, threads=threads, progress=progress)


def _walk(shard: Shard, threads: int | None) -> str:
    """A shard that is handed to another process."""
    plan, number, of = shard
    return str(walk(plan, number, of, Path(plan).parent / f"part-{number}-of-{of}.state", threads=threads))


def _shard(what: str, words: list[str], files: list[str], options: Mapping[str, Any]) -> bytes:
    memory = Memory(iter(()))
    words = [*words, *_words(options, memory)]
    if memory.lent:
        raise TypeError(f"shards: expected paths, found an array for {memory.lent[0][0]}; other processes read files alone")
    with shown(options.get("progress")) as told:
        status, out, err = _native.run(["spherecheck", "shard", what, *words, "--", *files], [], told)
    if status:
        raise SpherecheckError.of(err.strip().splitlines()[-1] if err.strip() else f"exit status {status}")
    return out
