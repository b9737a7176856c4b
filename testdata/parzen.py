#!/usr/bin/env python3
"""Write parzen.json: the Parzen window estimate of the paper, computed with numpy in float64 from the definition.

Pictures come from a small linear congruential generator that gan/parzen_test.go repeats. Run it from this folder; the
JSON is checked in.
"""
import json

import numpy as np

SIZE = 30  # pixels of a picture


class Pictures:
    """Bytes around five templates, the same in Go."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state >> 16

    def draw(self, n, spread):
        out = np.zeros((n, SIZE), np.uint8)
        for i in range(n):
            kind = self.next() % 5
            for k in range(SIZE):
                base = (kind * 37 + k * 11) % 128 + 64
                out[i, k] = base + self.next() % (2 * spread + 1) - spread
        return out


def log_likelihoods(samples, x, sigma):
    """log p(x) under the mean of isotropic Gaussians of standard deviation sigma around the samples."""
    d = ((x[:, None, :] - samples[None, :, :]) ** 2).sum(2)
    e = -d / (2 * sigma**2)
    most = e.max(1, keepdims=True)
    mean = np.log(np.exp(e - most).mean(1)) + most[:, 0]
    return mean - samples.shape[1] * np.log(sigma * np.sqrt(2 * np.pi))


def main():
    cases = []
    for seed, spread_samples, spread_data in ((1, 30, 30), (2, 5, 50), (3, 60, 20)):
        p = Pictures(seed)
        samples = p.draw(200, spread_samples)
        valid, test = p.draw(120, spread_data), p.draw(150, spread_data)
        s, v, t = (a.astype(np.float64) / 255 for a in (samples, valid, test))
        sigmas = np.logspace(-1, 0, 10)
        sigma = max(sigmas, key=lambda g: log_likelihoods(s, v, g).mean())
        ll = log_likelihoods(s, t, sigma)
        cases.append({"seed": seed, "spread_samples": spread_samples, "spread_data": spread_data, "sigma": sigma,
                      "log_likelihood": ll.mean(), "std_err": ll.std() / np.sqrt(len(t))})
    with open("parzen.json", "w") as f:
        json.dump(cases, f, indent=1)
        f.write("\n")


main()
