"""The step of benches/training.rs in PyTorch: `python training.py PAIRS SIDE ROUNDS`."""

import os
import statistics
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "fixtures", "torch"))
from reference import align, small_alexnet, uniform

pairs, side, rounds = map(int, sys.argv[1:])
torch.set_num_threads(os.cpu_count())
encoder = small_alexnet(side, 128)
optimiser = torch.optim.SGD(encoder.parameters(), lr=0.06, momentum=0.9, weight_decay=1e-4)
images = torch.randn(2 * pairs, 3, side, side)
parts = []
for step in range(rounds + 1):
    started = time.perf_counter()
    z = encoder(images)
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
medians = [statistics.median(part) for part in zip(*parts)]
name = f"torch {torch.__version__.split('+')[0]}"
print(f"{name:<12}" + "".join(f" {seconds:8.3f}" for seconds in medians), flush=True)
