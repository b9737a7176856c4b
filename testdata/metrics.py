#!/usr/bin/env python3
"""Write metrics.json: the metrics of package metrics, computed with numpy and scipy from their definitions.

Data come from a small linear congruential generator that metrics/metrics_test.go repeats. Run it from this folder; the
JSON is checked in.
"""
import json

import numpy as np
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist


class Draw:
    """Numbers that are the same in Go."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state >> 16

    def rows(self, n, d, offset, width):
        """Rows about three centres; every tenth is the one before once more."""
        x = np.zeros((n, d))
        for i in range(n):
            kind = self.next() % 3
            for k in range(d):
                x[i, k] = offset + (kind * (k + 1)) % 5 + width * (self.next() % 2001 - 1000) / 1000
            if i % 10 == 9:
                x[i] = x[i - 1]
        return x

    def pictures(self, n, size, spread):
        out = np.zeros((n, size), np.uint8)
        for i in range(n):
            kind = self.next() % 5
            for k in range(size):
                out[i, k] = (kind * 37 + k * 11) % 128 + 64 + self.next() % (2 * spread + 1) - spread
        return out


def fid(x, y):
    c1, c2 = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    cross = np.trace(sqrtm(c1 @ c2)).real
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(c1) + np.trace(c2) - 2 * cross


def kid(x, y, block):
    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    mmd, blocks = [], min(len(x), len(y)) // block
    for i in range(blocks):
        a, b = x[i::blocks][:block], y[i::blocks][:block]
        off = ~np.eye(block, dtype=bool)
        mmd.append(kernel(a, a)[off].mean() + kernel(b, b)[off].mean() - 2 * kernel(a, b).mean())
    return np.mean(mmd), np.std(mmd, ddof=1) / np.sqrt(len(mmd))


def radii(y, k):
    return np.sort(cdist(y, y), axis=1)[:, k]  # the nearest is the row itself


def precision_recall(x, y, k):
    def inside(a, b):
        return (cdist(a, b) <= radii(b, k)).any(1).mean()

    return inside(x, y), inside(y, x)


def density_coverage(x, y, k):
    inside = cdist(x, y) <= radii(y, k)
    return inside.sum() / (k * len(x)), inside.any(0).mean()


def score(p):
    return np.exp((p * (np.log(p) - np.log(p.mean(0)))).sum(1).mean())


def two_sample(x, y):
    z, label = np.concatenate([x, y]), np.repeat([0, 1], [len(x), len(y)])
    d = cdist(z, z)
    np.fill_diagonal(d, np.inf)
    own = label[d.argmin(1)] == label
    return own.mean(), own[:len(x)].mean(), own[len(x):].mean()


def mmd(x, y):
    d = cdist(y, y)
    width = np.sort(d[np.tril_indices(len(y), -1)])[len(y) * (len(y) - 1) // 2 // 2]

    def kernel(a, b):
        d = cdist(a, b)
        return np.mean([np.exp(-d**2 / (2 * (s * width) ** 2)) for s in (0.25, 0.5, 1, 2, 4)], axis=0)

    def off(k):
        return k[~np.eye(len(k), dtype=bool)].mean()

    return off(kernel(x, x)) + off(kernel(y, y)) - 2 * kernel(x, y).mean(), width


def copies(samples, held, train, unseen):
    def ratio(x):
        a, b = (cdist(x.astype(float), y.astype(float), "sqeuclidean").min(1) for y in (train, unseen))
        return np.where(a == b, 1, a / np.where(b == 0, 1e-300, b))

    mine, real = ratio(samples), ratio(held)
    bound = np.sort(real)[len(real) // 1000]
    return (mine < 1).mean(), (mine < bound).mean(), (real < 1).mean(), (real < bound).mean()


def stacked(digits):
    _, count = np.unique(digits @ [100, 10, 1], return_counts=True)
    p = count / count.sum()
    return len(count), (p * np.log(p * 1000)).sum()


def main():
    cases = []
    for seed, d, offset, width in ((1, 6, 0, 1), (2, 3, 0.3, 0.7), (3, 17, 100, 1.2)):
        g = Draw(seed)
        x, y = g.rows(160, d, offset + 0.2, width), g.rows(150, d, offset, 1)
        p = np.abs(x - offset) + 0.1
        p /= p.sum(1, keepdims=True)
        c = {"seed": seed, "d": d, "offset": offset, "width": width, "fid": fid(x, y)}
        c["kid"], c["kid_std_err"] = kid(x, y, 50)
        c["precision"], c["recall"] = precision_recall(x, y, 3)
        c["density"], c["coverage"] = density_coverage(x, y, 5)
        c["score"] = score(p)
        c["accuracy"], c["of_samples"], c["of_real"] = two_sample(x, y)
        c["mmd2"], c["width_mmd"] = mmd(x, y)
        train, unseen, held = g.pictures(200, 30, 20), g.pictures(90, 30, 20), g.pictures(80, 30, 20)
        samples = g.pictures(70, 30, 22)
        samples[:7] = train[10:17]
        c["train_nearer"], c["copies"], c["held_nearer"], c["held_copies"] = copies(samples, held, train, unseen)
        digits = np.array([g.next() % 10 for _ in range(3 * 900)]).reshape(-1, 3)
        c["modes"], c["kl"] = stacked(digits)
        cases.append({k: v if isinstance(v, int) else float(v) for k, v in c.items()})
    with open("metrics.json", "w") as f:
        json.dump(cases, f, indent=1)
        f.write("\n")


main()
