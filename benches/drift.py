"""How often tests of drift call drift where there is none.

usage: python benches/drift.py PROGRAM [--trials 200] [--peer-trials 200] [--sizes 50,200,1000,2000]

Two sets of n rows of one law (ten clouds on the sphere in 32 dimensions) are drawn again and again; printed, as a Markdown
table, is the share of draws that each test calls drift at the level of 5 %: drift_p of this program, with as many deals
as alibi-detect's MMDDrift (its Gaussian kernel, median width), and evidently's mmd with its bootstrap
at the 95 % quantile. Peers that are not
installed are named and left out: pip install alibi-detect[torch] evidently.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

DIM, DEALS = 32, 99
CENTRES = np.random.default_rng(0).normal(size=(10, DIM))


def draw(rng, n):
    rows = CENTRES[rng.integers(0, 10, n)] + rng.normal(size=(n, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def ours(program):
    folder = Path(tempfile.mkdtemp())

    def test(old, new, seed):
        np.save(folder / "old.npy", old)
        np.save(folder / "new.npy", new)
        command = [program, "audit", folder / "new.npy", "--drift-from", folder / "old.npy", "--format", "json"]
        command += ["--drift-permutations", str(DEALS), "--seed", str(seed), "--quiet"]
        audit = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        return next(m["value"] for m in audit["measures"] if m["metric"] == "drift_p") <= 0.05

    return test


def alibi():
    import torch
    from alibi_detect.cd import MMDDrift

    def test(old, new, seed):
        torch.manual_seed(seed)
        found = MMDDrift(old, backend="pytorch", p_val=0.05, n_permutations=DEALS).predict(new)
        return bool(found["data"]["is_drift"])

    return test


def evidently():
    import pandas as pd
    from evidently.legacy.metrics.data_drift.embedding_drift_methods import mmd

    # Its default, 0.05, is the quantile of its bootstrap above which it calls drift: nearly always.
    method = mmd(bootstrap=True, quantile_probability=0.95)

    def test(old, new, seed):
        np.random.seed(seed)
        return bool(method(pd.DataFrame(new), pd.DataFrame(old))[1])

    return test


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--peer-trials", type=int, help="fewer for the peers, which take long at 1,000 rows")
    parser.add_argument("--sizes", default="50,200,1000,2000")
    args = parser.parse_args()
    tests = {"drift_p": ours(args.program)}
    for name, peer in [("alibi-detect", alibi), ("evidently", evidently)]:
        try:
            tests[name] = peer()
        except ImportError as error:
            print(f"{name} is left out: {error}")
    print("| n | " + " | ".join(f"{name} | trials | s each" for name in tests) + " |")
    print("|--:|" + "--:|--:|--:|" * len(tests))
    for n in map(int, args.sizes.split(",")):
        cells = []
        for name, test in tests.items():
            trials = args.trials if name == "drift_p" else args.peer_trials or args.trials
            start = time.perf_counter()
            calls = 0
            for seed in range(trials):
                rng = np.random.default_rng(seed)
                calls += test(draw(rng, n), draw(rng, n), seed)
            each = (time.perf_counter() - start) / trials
            cells += [f"{100 * calls / trials:.1f} %", f"{trials}", f"{each:.2g}"]
        print(f"| {n} | " + " | ".join(cells) + " |", flush=True)


main()
