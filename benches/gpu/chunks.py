"""The same sums as users make them today: chunks of rows against all rows, on the GPU, in fp32 and bf16."""

import sys
import time

import torch

T, TAUS = 2.0, (0.07, 0.5)
dim, sizes = int(sys.argv[1]), [int(size) for size in sys.argv[2:]]
name = torch.cuda.get_device_name()


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


print("| PyTorch chunks | rows | seconds | uniformity{t=2} |")
print("|---|--:|--:|--:|")
for size in sizes:
    torch.manual_seed(0)
    x = torch.nn.functional.normalize(torch.randn(size, dim, device="cuda"), dim=1)
    for dtype in (torch.float32, torch.bfloat16):
        torch.backends.cuda.matmul.allow_tf32 = False
        rows = x.to(dtype)
        chunk = max(1, min(size, (4 << 30) // (4 * size)))
        chunks(rows[: min(size, 20000)], chunk)  # warm
        torch.cuda.synchronize()
        start = time.perf_counter()
        numbers = chunks(rows, chunk)
        torch.cuda.synchronize()
        print(f"| {name}, {str(dtype).removeprefix('torch.')} | {size} | {time.perf_counter() - start:.2f} | {numbers[0]:.6f} |")
