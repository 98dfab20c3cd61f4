"""The step of benches/training.rs in PyTorch: `python training.py PAIRS SIDE ROUNDS [WORDS WIDTH DIM]`."""

import os
import resource
import statistics
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "fixtures", "torch"))
from reference import Gru, align, small_alexnet, uniform

pairs, side, rounds, *gru = map(int, sys.argv[1:])
torch.set_num_threads(os.cpu_count())
if gru:
    encoder = Gru(*gru)
    lengths = 5 + torch.arange(2 * pairs) * 7 % 26
    words = torch.randint(2, gru[0], (2 * pairs, 30))
    inputs = (words, lengths)
else:
    encoder = small_alexnet(side, 128)
    inputs = (torch.randn(2 * pairs, 3, side, side),)
optimiser = torch.optim.SGD(encoder.parameters(), lr=0.06, momentum=0.9, weight_decay=1e-4)
parts = []
for step in range(rounds + 1):
    # The first step touches fresh memory.
    if step <= 1:
        spent = time.process_time()
    started = time.perf_counter()
    z = encoder(*inputs)
    x, y = z[:pairs], z[pairs:]
    loss = align(x, y, 2) + (uniform(x, 2) + uniform(y, 2)) / 2
    loss.item()
    forward = time.perf_counter()
    optimiser.zero_grad()
    loss.backward()
    backward = time.perf_counter()
    optimiser.step()
    done = time.perf_counter()
    if step > 0 or rounds == 1:
        parts.append((forward - started, backward - forward, done - backward, done - started))
spent = (time.process_time() - spent) / rounds
medians = [statistics.median(part) for part in zip(*parts)]
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
name = f"torch {torch.__version__.split('+')[0]}"
print(f"{name:<12}" + "".join(f" {seconds:8.3f}" for seconds in medians) + f" {spent:8.2f} {most:8.0f}", flush=True)
