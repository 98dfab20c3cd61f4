"""The same sums as users make them today, chunks of rows against all rows, and the products of these chunks alone (cuBLAS): lines
of CSV as `cargo bench --bench gpu` prints them.

    python chunks.py DIM ROWS ... [--device cpu]

Of many rows the products alone are made, in bfloat16; the rest would take minutes, and has a line without numbers that says so.
"""

import argparse
import time

import torch

T, TAUS = 2.0, (0.07, 0.5)
CHUNK = 4 << 30  # bytes of a chunk's cosines in float32
MOST = 300_000  # rows; of a million each of these takes a minute

parser = argparse.ArgumentParser()
parser.add_argument("dim", type=int)
parser.add_argument("rows", type=int, nargs="+")
parser.add_argument("--device", default="cuda")
asked = parser.parse_args()
cuda = asked.device == "cuda"
card = torch.cuda.get_device_name().replace(",", " ") if cuda else asked.device
torch.backends.cuda.matmul.allow_tf32 = False


def chunks(x, chunk):
    n = len(x)
    total = torch.zeros((), dtype=torch.float64, device=x.device)
    terms = [torch.zeros((), dtype=torch.float64, device=x.device) for _ in TAUS]
    for start in range(0, n, chunk):
        s = (x[start : start + chunk] @ x.T).float()
        rows = torch.arange(len(s), device=x.device)
        s[rows, rows + start] = -torch.inf
        total += torch.logsumexp(2 * T * (s - 1), dim=1).double().exp().sum()
        for term, tau in zip(terms, TAUS):
            term += torch.logsumexp(s / tau, dim=1).double().sum()
    pairs = n * (n - 1)
    return [(total / pairs).log().item()] + [(term / n).item() for term in terms]


def products(x, chunk):
    for start in range(0, len(x), chunk):
        x[start : start + chunk] @ x.T


for size in asked.rows:
    torch.manual_seed(0)
    x = torch.nn.functional.normalize(torch.randn(size, asked.dim, device=asked.device), dim=1)
    for dtype in (torch.float32, torch.bfloat16):
        rows = x.to(dtype)
        chunk = max(1, min(size, CHUNK // (4 * size)))
        for name, work in (("PyTorch chunks", chunks), ("PyTorch products alone", products)):
            asked_for = f"{name},{card},{size},{asked.dim},1,{str(dtype).removeprefix('torch.')}"
            if size > MOST and (work is chunks or dtype is torch.float32):
                print(f"{asked_for},,,,,skipped: more than {MOST} rows", flush=True)
                continue
            work(rows[: min(size, 20000)], chunk)  # warm
            if cuda:
                torch.cuda.synchronize()
            start = time.perf_counter()
            work(rows, chunk)
            if cuda:
                torch.cuda.synchronize()
            seconds = time.perf_counter() - start
            flops = size * (size - 1) * asked.dim
            # Both halves of the products are made: twice the operations of a pass.
            tflops = (2 if work is products else 1) * flops / seconds / 1e12
            print(f"{asked_for},{seconds:.4f},,{tflops:.4g},,", flush=True)
