#!/usr/bin/env python3
"""Time one training step of a DCGAN in PyTorch.

With --size 32: pictures 32x32x1, G 64-128-64-32-1, D its mirror; with --size 64: 64x64x3, G 100-512-256-128-64-3. Batch 64,
transposed convolutions 4x4, batch normalization behind each layer but G's last and D's first and last, rectifiers in G and
leaky ones in D, tanh at the end; the non-saturating loss; Adam(2e-4, .5, .999). A step is that of Goodfellow et al.: D on
real pictures and on fakes, each batch normalized by itself, then G against the new D with latents of its own.

It is written for speed: no gradient of D's weights in G's step nor of G's in D's, foreach Adam, softplus of logits. Both
memory formats are timed first and the faster is used. See step_torch.py for what is done to BLAS and malloc.
"""
import argparse
import json
import os
import sys
import time

def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--size", type=int, choices=(32, 64), default=32)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seconds", type=float, default=5, help="time at least so long (default 5)")
    p.add_argument("--reps", type=int, default=5, help="and at least so many steps (default 5)")
    p.add_argument("--serve", action="store_true", help="time again for every line on stdin: one JSON line each")
    return p.parse_args()


if "MALLOC_TRIM_THRESHOLD_" not in os.environ:
    threads = str(arguments().threads)
    os.execve(sys.executable, [sys.executable] + sys.argv, {
        "OPENBLAS_CORETYPE": "SkylakeX", **os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads,
        "MALLOC_TRIM_THRESHOLD_": str(1 << 33), "MALLOC_MMAP_THRESHOLD_": str(1 << 30)})

import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH = 64
NETS = {32: (64, (128, 64, 32), 1), 64: (100, (512, 256, 128, 64), 3)}


def generator(z, channels, out):
    layers = [nn.ConvTranspose2d(z, channels[0], 4, 1, 0, bias=False)]
    for a, b in zip(channels, channels[1:]):
        layers += [nn.BatchNorm2d(a), nn.ReLU(True), nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False)]
    return nn.Sequential(*layers, nn.BatchNorm2d(channels[-1]), nn.ReLU(True), nn.ConvTranspose2d(channels[-1], out, 4, 2, 1), nn.Tanh())


def discriminator(channels, out):
    layers, c = [nn.Conv2d(out, channels[-1], 4, 2, 1), nn.LeakyReLU(.2, True)], channels[::-1]
    for a, b in zip(c, c[1:]):
        layers += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(.2, True)]
    return nn.Sequential(*layers, nn.Conv2d(channels[0], 1, 4, 1, 0))


class Step:
    def __init__(self, size, layout):
        torch.manual_seed(1)
        self.z, channels, out = NETS[size]
        self.layout = layout
        self.g = generator(self.z, channels, out).to(memory_format=layout)
        self.d = discriminator(channels, out).to(memory_format=layout)
        options = {"lr": 2e-4, "betas": (.5, .999), "foreach": True}
        self.opt_g, self.opt_d = torch.optim.Adam(self.g.parameters(), **options), torch.optim.Adam(self.d.parameters(), **options)
        self.data = (torch.rand(4 * BATCH, out, size, size) * 2 - 1).to(memory_format=layout)
        self.at = 0

    def latents(self):
        return torch.randn(BATCH, self.z, 1, 1)

    def __call__(self):
        real = self.data[self.at:self.at + BATCH]
        self.at = (self.at + BATCH) % len(self.data)
        with torch.no_grad():
            fake = self.g(self.latents())
        self.opt_d.zero_grad(set_to_none=True)
        loss = F.softplus(-self.d(real)).mean() + F.softplus(self.d(fake)).mean()
        loss.backward()
        self.opt_d.step()
        self.d.requires_grad_(False)
        self.opt_g.zero_grad(set_to_none=True)
        loss = F.softplus(-self.d(self.g(self.latents()))).mean()
        loss.backward()
        self.opt_g.step()
        self.d.requires_grad_(True)


def measure(step, reps, seconds, warm=1):
    """Time steps until both limits are reached, and return them in order."""
    for _ in range(warm):
        step()
    times, end = [], time.perf_counter() + seconds
    while len(times) < reps or time.perf_counter() < end:
        t = time.perf_counter()
        step()
        times.append(time.perf_counter() - t)
    return sorted(times)


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    reps = 3 if a.size == 64 else 10
    found = [(measure(Step(a.size, f), reps, 0)[0], i) for i, f in enumerate((torch.contiguous_format, torch.channels_last))]
    step = Step(a.size, (torch.contiguous_format, torch.channels_last)[min(found)[1]])

    def row():
        t = measure(step, a.reps, a.seconds)
        return {"bench": "step/dcgan%d" % a.size, "torch": torch.__version__, "threads": a.threads, "steps": len(t),
                "ms": t[len(t) // 2] * 1e3, "best_ms": t[0] * 1e3, "format": str(step.layout)}

    if a.serve:
        print("{}", flush=True)
        for _ in sys.stdin:
            print(json.dumps(row()), flush=True)
        return
    print(json.dumps(row()))


if __name__ == "__main__":
    main()
