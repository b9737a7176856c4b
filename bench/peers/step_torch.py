#!/usr/bin/env python3
"""Time one training step of the paper-mnist game in PyTorch.

The game is the MNIST run of Goodfellow et al. 2014: G 100-1200-1200-784 (ReLU, ReLU, sigmoid), D two maxout layers of
240 units with 5 pieces and a sigmoid unit, dropout that keeps .8 of D's input (scaled by 1.25) and .5 of its hidden
layers (scaled by 2), batch 100, both objectives on the same fakes and the same masks, simultaneous SGD with momentum.

A step draws z and the masks, takes the next 100 real pictures, and updates both networks. It is written for speed:
D's weight gradients are not computed in G's backward pass, nor G's gradients in D's; the updates are foreach
operations under no_grad; the logits go through softplus. Where PyTorch offers several ways (maxout, dropout, one pass
over real and fake or two), each is timed first, and the fastest is used.

Debian's python3-torch takes whatever BLAS is installed: install libopenblas0, or it runs on the reference BLAS, 15
times slower. The script sets what the process needs to be fast: OPENBLAS_CORETYPE=SkylakeX (OpenBLAS 0.3.21 takes SSE
kernels on newer AMD processors), and a malloc that keeps freed memory, which saves page faults.
"""
import argparse
import json
import os
import sys
import time

def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seconds", type=float, default=5, help="time at least so long (default 5)")
    p.add_argument("--reps", type=int, default=50, help="and at least so many steps (default 50)")
    p.add_argument("--serve", action="store_true", help="time again for every line on stdin: one JSON line each")
    p.add_argument("--json", action="store_true")
    return p.parse_args()


if "MALLOC_TRIM_THRESHOLD_" not in os.environ:
    # These are read when the process starts. OpenBLAS does not listen to torch.set_num_threads.
    threads = str(arguments().threads)
    os.execve(sys.executable, [sys.executable] + sys.argv, {
        "OPENBLAS_CORETYPE": "SkylakeX", **os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads,
        "MALLOC_TRIM_THRESHOLD_": str(1 << 33), "MALLOC_MMAP_THRESHOLD_": str(1 << 30)})

import torch
import torch.nn.functional as F

BATCH, NZ, PIXELS, HIDDEN, UNITS, PIECES = 100, 100, 784, 1200, 240, 5
LR, MOMENTUM = 0.1, 0.5


def uniform(rows, cols, r):
    return torch.empty(rows, cols).uniform_(-r, r)


# Maxout of h [n, 1200], whose columns belong to the layout that suits each form.
def maxout_last(h):
    return h.view(-1, UNITS, PIECES).max(2)[0]


def maxout_middle(h):
    return h.view(-1, PIECES, UNITS).max(1)[0]


def maxout_chain(h):
    a, b, c, d, e = h.view(-1, PIECES, UNITS).unbind(1)
    return torch.maximum(torch.maximum(torch.maximum(a, b), torch.maximum(c, d)), e)


def maxout_pool(h):
    return F.max_pool1d(h.view(1, -1, UNITS * PIECES), PIECES).view(-1, UNITS)


def dropout_builtin(x, keep):
    return F.dropout(x, 1 - keep)


def dropout_rand(x, keep):
    return x * (torch.rand(x.shape) < keep).mul(1 / keep)


def dropout_bytes(x, keep):
    # Byte masks: 8 random bits a number, so .8 becomes 205/256.
    r = torch.empty(x.shape, dtype=torch.uint8).random_(0, 256)
    return x * (r < round(256 * keep)).mul(1 / keep)


class Step:
    def __init__(self, maxout, dropout, joint):
        torch.manual_seed(1)
        self.maxout, self.dropout, self.joint = maxout, dropout, joint
        zeros = torch.zeros
        self.g = [uniform(HIDDEN, NZ, .05), zeros(HIDDEN), uniform(HIDDEN, HIDDEN, .05), zeros(HIDDEN),
                  uniform(PIXELS, HIDDEN, .05), zeros(PIXELS)]
        self.d = [uniform(HIDDEN, PIXELS, .005), zeros(HIDDEN), uniform(HIDDEN, UNITS, .005), zeros(HIDDEN),
                  uniform(1, UNITS, .005), zeros(1)]
        for p in self.g + self.d:
            p.requires_grad_(True)
        self.params = self.g + self.d
        self.velocity = [torch.zeros_like(p) for p in self.params]
        self.data = torch.rand(50 * BATCH, PIXELS)
        self.at = 0

    def generator(self, z):
        w = self.g
        h = F.linear(z, w[0], w[1]).relu_()
        h = F.linear(h, w[2], w[3]).relu_()
        return torch.sigmoid(F.linear(h, w[4], w[5]))

    def discriminator(self, x):
        w = self.d
        h = self.maxout(F.linear(self.dropout(x, .8), w[0], w[1]))
        h = self.maxout(F.linear(self.dropout(h, .5), w[2], w[3]))
        return F.linear(self.dropout(h, .5), w[4], w[5])

    def __call__(self):
        real = self.data[self.at:self.at + BATCH]
        self.at = (self.at + BATCH) % len(self.data)
        fake = self.generator(torch.empty(BATCH, NZ).uniform_(-3 ** .5, 3 ** .5))
        if self.joint:
            on_real, on_fake = self.discriminator(torch.cat([real, fake])).split(BATCH)
        else:
            on_real, on_fake = self.discriminator(real), self.discriminator(fake)
        d_loss = .5 * (F.softplus(-on_real).mean() + F.softplus(on_fake).mean())
        g_loss = F.softplus(-on_fake).mean()
        d_grad = torch.autograd.grad(d_loss, self.d, retain_graph=True)
        g_grad = torch.autograd.grad(g_loss, self.g)
        with torch.no_grad():
            torch._foreach_mul_(self.velocity, MOMENTUM)
            torch._foreach_add_(self.velocity, list(g_grad + d_grad), alpha=-LR)
            torch._foreach_add_(self.params, self.velocity)


def measure(step, reps, seconds):
    """Time steps until both limits are reached, and return them in order."""
    for _ in range(3):
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

    # The best time of a short run chooses each form in turn: the median would choose by what else the machine does.
    best = {"maxout": maxout_middle, "dropout": dropout_builtin, "joint": False}
    choices = {"maxout": [maxout_middle, maxout_last, maxout_chain, maxout_pool],
               "dropout": [dropout_builtin, dropout_rand, dropout_bytes], "joint": [False, True]}
    name = lambda v: getattr(v, "__name__", str(v))
    for key, forms in choices.items():
        found = []
        for f in forms:
            t = measure(Step(**{**best, key: f}), 20, 0)
            found.append((t[0], f))
            if not a.json and not a.serve:
                print("%s %s: %.2f ms" % (key, name(f), t[0] * 1e3), flush=True)
        best[key] = min(found, key=lambda x: x[0])[1]

    step = Step(**best)

    def row():
        t = measure(step, a.reps, a.seconds)
        return {"bench": "step/paper-mnist", "torch": torch.__version__, "threads": a.threads, "steps": len(t),
                "ms": t[len(t) // 2] * 1e3, "best_ms": t[0] * 1e3, **{k: name(v) for k, v in best.items()}}

    if a.serve:
        print("{}", flush=True)
        for _ in sys.stdin:
            print(json.dumps(row()), flush=True)
        return
    r = row()
    print(json.dumps(r) if a.json else "paper-mnist step, %d thread(s): median %.2f ms, best %.2f ms of %d"
          % (a.threads, r["ms"], r["best_ms"], r["steps"]))


if __name__ == "__main__":
    main()
