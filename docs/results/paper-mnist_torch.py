#!/usr/bin/env python3
"""The recipe of the paper's MNIST run a second time, in PyTorch, from the authors' yaml alone (no code of gannet's), scored
every five epochs. It tells whether a score is the recipe's or an implementation's. One JSON object a line:

	docs/results/paper-mnist_torch.py MNIST_FOLDER > docs/results/paper-mnist_torch.jsonl

Needs Debian's python3-torch and libopenblas0-pthread.
"""
import argparse
import gzip
import json
import math

import numpy as np
import torch

args = argparse.ArgumentParser()
args.add_argument("data", help="folder of MNIST's four files")
args.add_argument("--epochs", type=int, default=50)
args.add_argument("--seed", type=int, default=1)
args = args.parse_args()


def idx(name):
    """The array in a gzipped idx file."""
    raw = gzip.open(f"{args.data}/{name}").read()
    dims = np.frombuffer(raw, ">i4", raw[3], 4)
    return np.frombuffer(raw, np.uint8, -1, 4 + 4 * raw[3]).reshape(dims)


def uniform(r, *shape):
    return (torch.rand(*shape) * 2 - 1) * r


def dropout(x, keep):
    return x * (torch.rand_like(x) < keep) * (1 / keep)


def latent(n):
    return uniform(math.sqrt(3), n, 100)


def generate(p, z):
    h = torch.relu(z @ p[0] + p[1])
    h = torch.relu(h @ p[2] + p[3])
    return torch.sigmoid(h @ p[4] + p[5])


def discriminate(p, x):
    """The logit of D, with dropout: maxout of five pieces, twice."""
    h = (dropout(x, 0.8) @ p[0] + p[1]).view(-1, 240, 5).max(2)[0]
    h = (dropout(h, 0.5) @ p[2] + p[3]).view(-1, 240, 5).max(2)[0]
    return dropout(h, 0.5) @ p[4] + p[5]


def log_likelihoods(samples, x, sigma):
    norms, out = (samples * samples).sum(1), []
    for part in x.split(500):
        d = (part * part).sum(1)[:, None] + norms[None] - 2 * part @ samples.T
        out.append(torch.logsumexp(-d.double() / (2 * sigma**2), 1) - math.log(len(samples)))
    return torch.cat(out) - 784 * math.log(sigma * math.sqrt(2 * math.pi))


def score(g, valid, test):
    with torch.no_grad():
        samples = torch.round(torch.cat([generate(g, latent(1000)) for _ in range(10)]) * 255) / 255
        sigma = max(np.logspace(-1, 0, 10), key=lambda s: log_likelihoods(samples, valid, s).mean().item())
        ll = log_likelihoods(samples, test, sigma)
        return {"log_likelihood": ll.mean().item(), "std_err": ll.std().item() / math.sqrt(len(ll)), "sigma": sigma}


def main():
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    raw = idx("train-images-idx3-ubyte.gz").reshape(-1, 784)
    pictures = raw.astype(np.float32) / 255
    train, valid = torch.tensor(pictures[:50000]), torch.tensor(pictures[50000:51000])
    test = torch.tensor(idx("t10k-images-idx3-ubyte.gz").reshape(-1, 784).astype(np.float32) / 255)
    mean = np.clip(raw[:50000].mean(0) / 255, 1e-7, 1 - 1e-7)
    g = [uniform(0.05, 100, 1200), torch.zeros(1200), uniform(0.05, 1200, 1200), torch.zeros(1200),
         uniform(0.05, 1200, 784), torch.tensor(np.log(mean / (1 - mean)).astype(np.float32))]
    d = [uniform(0.005, 784, 1200), torch.zeros(1200), uniform(0.005, 240, 1200), torch.zeros(1200),
         uniform(0.005, 240, 1), torch.zeros(1)]
    velocity = [torch.zeros_like(p) for p in g + d]
    for p in g + d:
        p.requires_grad_(True)
    softplus, step = torch.nn.functional.softplus, 0
    for epoch in range(1, args.epochs + 1):
        momentum = 0.5 + 0.2 * min(1, (epoch - 1) / 249)
        for batch in torch.randperm(50000).split(100):
            fake = generate(g, latent(100))
            real_logit, fake_logit = discriminate(d, train[batch]), discriminate(d, fake)
            loss_d = 0.5 * (softplus(-real_logit).mean() + softplus(fake_logit).mean())
            loss_g = softplus(-fake_logit).mean()
            grad_d = torch.autograd.grad(loss_d, d, retain_graph=True)
            grad_g = torch.autograd.grad(loss_g, g)
            with torch.no_grad():
                for p, v, grad in zip(g + d, velocity, grad_g + grad_d):
                    v.mul_(momentum).sub_(grad, alpha=0.1 / 1.000004**step)
                    p.add_(v)
            step += 1
        if epoch % 5 == 0:
            print(json.dumps({"epoch": epoch, **score(g, valid, test)}), flush=True)


main()
