"""What benches/pass.rs sums and finds, by other packages: `python peers.py ROWS COLUMNS THREADS NUMBER...`, the rows in f32 on
standard input, its own eight numbers as arguments.

All ordered pairs of different rows, e^(c s) for the eight coefficients of the bench: four uniformities and four uniform terms
of the contrastive loss. Prints for each package that is there the best of three rounds after one that warms up, the memory
that it takes beside the rows, and the largest difference of the eight numbers from f64; last faiss's 10 nearest of each row.

`chunks`: 1,024 rows against all, each pair met twice. `blocks`: 1,024 rows against 1,024, each pair once, its exponentials
added to rows and columns.
"""

import math
import sys
import time

import numpy as np

rows, columns, threads = map(int, sys.argv[1:4])
own = np.array([float(number) for number in sys.argv[4:]])
x = np.frombuffer(sys.stdin.buffer.read(), "<f4").reshape(rows, columns)
BLOCK = 1024
TS, TAUS = (0.5, 1.0, 2.0, 4.0), (0.05, 0.07, 0.1, 0.5)
COEFFICIENTS = [2 * t for t in TS] + [1 / tau for tau in TAUS]
STARTS = range(0, rows, BLOCK)


def numbers(sums):
    """Eight numbers from sums over all pairs of different rows."""
    means = sums / (rows - 1)
    uniformities = [math.log(means[k].mean()) - COEFFICIENTS[k] for k in range(4)]
    return np.array(uniformities + [np.log(means[k]).mean() for k in range(4, 8)])


def exactly():
    y, sums = x.astype(np.float64), np.zeros((8, rows))
    for i in STARTS:
        s = y[i : i + BLOCK] @ y.T
        np.fill_diagonal(s[:, i:], -np.inf)
        for k, c in enumerate(COEFFICIENTS):
            sums[k, i : i + BLOCK] = np.exp(c * s).sum(1)
    return numbers(sums)


def resident(what):
    """Bytes that this process holds now (VmRSS) or held at most (VmHWM)."""
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith(what))


def timed(name, run):
    run()
    before = resident("VmRSS")
    with open("/proc/self/clear_refs", "w") as clear:
        clear.write("5")
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - started)
    megabytes = (resident("VmHWM") - before) / 1e6
    if found is None:
        off = ""
    else:
        # A row met itself, too.
        sums = np.asarray(found, dtype=np.float64) - np.exp(COEFFICIENTS)[:, None]
        off = f", off by {np.abs(numbers(sums) - exact).max():.1e}"
    print(f"{'':>24} {name}: {min(seconds):.4f} s, {megabytes:.0f} MB{off}", flush=True)


def numpy_blocks():
    sums = np.zeros((8, rows))
    for i in STARTS:
        for j in range(0, i + 1, BLOCK):
            s = x[i : i + BLOCK] @ x[j : j + BLOCK].T
            for k, c in enumerate(COEFFICIENTS):
                e = np.exp(np.float32(c) * s)
                sums[k, i : i + BLOCK] += e.sum(1)
                if j < i:
                    sums[k, j : j + BLOCK] += e.sum(0)
    return sums


def by_numpy():
    timed(f"NumPy {np.__version__}, blocks", numpy_blocks)


def by_torch():
    import torch

    torch.set_num_threads(threads)
    y = torch.from_numpy(x.copy())

    def chunks():
        sums = torch.zeros(8, rows)
        for i in STARTS:
            s = y[i : i + BLOCK] @ y.T
            for k, c in enumerate(COEFFICIENTS):
                sums[k, i : i + BLOCK] = torch.exp(c * s).sum(1)
        return sums

    def both(s):
        e = [torch.exp(c * s) for c in COEFFICIENTS]
        return torch.stack([v.sum(1) for v in e]), torch.stack([v.sum(0) for v in e])

    fused = torch.compile(both, dynamic=True)

    def blocks():
        sums = torch.zeros(8, rows)
        for i in STARTS:
            for j in range(0, i + 1, BLOCK):
                of_rows, of_columns = fused(y[i : i + BLOCK] @ y[j : j + BLOCK].T)
                sums[:, i : i + BLOCK] += of_rows
                if j < i:
                    sums[:, j : j + BLOCK] += of_columns
        return sums

    name = f"torch {torch.__version__.split('+')[0]}"
    timed(f"{name}, chunks", chunks)
    timed(f"{name}, compiled blocks", blocks)


def by_jax():
    import jax
    import jax.numpy as jnp

    y, coefficients = jnp.asarray(x), jnp.asarray(COEFFICIENTS, jnp.float32)

    @jax.jit
    def chunk(part, y):
        s = part @ y.T
        return jnp.stack([jnp.exp(c * s).sum(1) for c in coefficients])

    def chunks():
        return np.concatenate([np.asarray(chunk(y[i : i + BLOCK], y)) for i in STARTS], axis=1)

    timed(f"JAX {jax.__version__}, chunks (as many threads as it likes)", chunks)


def by_faiss():
    import faiss

    faiss.omp_set_num_threads(threads)
    index = faiss.IndexFlatIP(columns)
    index.add(x)
    # A row itself and 10 others.
    timed(f"faiss {faiss.__version__} IndexFlatIP, 10 nearest", lambda: index.search(x, 11) and None)


exact = exactly()
print(f"{'':>24} a walk: off by {np.abs(own - exact).max():.1e}", flush=True)
for peer in (by_numpy, by_torch, by_jax, by_faiss):
    try:
        peer()
    except ImportError as error:
        print(f"{'':>24} skipped: {error}", flush=True)
