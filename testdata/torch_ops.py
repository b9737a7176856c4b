#!/usr/bin/env python3
"""Write torch_ops.json: operations and gradient penalties of convolutional networks, computed by PyTorch in float64.

Operands are not stored: element i of operand k is the number that `operand` makes of i and k, which is exact in float32.
For an operation y the file holds y, the gradients g of sum(w*y) with respect to the operands, w being one more operand,
and the gradients of the sum of all g*g. For a penalty of a network it holds its value and its gradients with respect to the
weights. Pictures and weights are stored channels last, as in gannet. Run it from this folder; the JSON is checked in.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def operand(k, shape):
    i = np.arange(int(np.prod(shape)), dtype=np.uint64) + np.uint64(1000 * k)
    h = (i * np.uint64(2654435761)) % np.uint64(1 << 32)
    h = (h ^ (h >> np.uint64(15))) * np.uint64(2246822519) % np.uint64(1 << 32)
    return torch.tensor(((h >> np.uint64(16)).astype(np.float64) / 32768 - 1).reshape(shape), requires_grad=True)


def first(x):  # N H W C to N C H W
    return x.permute(0, 3, 1, 2)


def last(x):
    return x.permute(0, 2, 3, 1)


def conv(x, w, bias=None, **options):  # w is KH KW Cin Cout
    return last(F.conv2d(first(x), w.permute(3, 2, 0, 1), bias, **options))


def transposed(x, w, bias=None, **options):  # w is that of the convolution: KH KW C(result) C(x)
    return last(F.conv_transpose2d(first(x), w.permute(3, 2, 0, 1), bias, **options))


def batch_norm(x, gamma, beta):
    return last(F.batch_norm(first(x), None, None, gamma, beta, True, 0.1, 1e-5))


def running(x):
    mean, var = torch.zeros(x.shape[3]), torch.ones(x.shape[3])
    F.batch_norm(first(x), mean, var, None, None, True, 0.1, 1e-5)
    return torch.cat([mean, var])


def shuffle(x):
    n, h, w, c = x.shape
    # PyTorch's channels are (c, i, j), gannet's (i, j, c).
    return last(F.pixel_shuffle(first(x.reshape(n, h, w, 2, 2, c // 4).permute(0, 1, 2, 5, 3, 4).reshape(n, h, w, c)), 2))


OPERATIONS = {
    "conv": (lambda x, w, b: conv(x, w, b, stride=2, padding=1), (2, 6, 6, 3), (4, 4, 3, 4), (4,)),
    "conv-dilated": (lambda x, w: conv(x, w, stride=(1, 2), padding=(2, 1), dilation=(2, 1)), (1, 5, 6, 2), (3, 3, 2, 2)),
    "conv-groups": (lambda x, w: conv(x, w, groups=2), (1, 4, 4, 4), (3, 3, 2, 6)),
    "transposed": (lambda x, w, b: transposed(x, w, b, stride=2, padding=1), (2, 3, 3, 4), (4, 4, 3, 4), (3,)),
    "transposed-groups": (lambda x, w: transposed(x, w, stride=2, padding=1, output_padding=1, groups=2), (1, 3, 2, 4), (3, 3, 2, 4)),
    "batch-norm": (batch_norm, (3, 3, 2, 4), (4,), (4,)),
    "instance-norm": (lambda x: last(F.instance_norm(first(x))), (3, 3, 2, 4)),
    "layer-norm": (lambda x: F.layer_norm(x, x.shape[1:]), (3, 3, 2, 4)),
    "pixel-norm": (lambda x: x * torch.rsqrt((x * x).mean(3, keepdim=True) + 1e-8), (2, 3, 2, 4)),
    "avg-pool": (lambda x: last(F.avg_pool2d(first(x), (3, 2), (2, 1), (1, 0))), (2, 5, 4, 3)),
    "max-pool": (lambda x: last(F.max_pool2d(first(x), (3, 2), (2, 2), (1, 0))), (2, 5, 4, 3)),
    "bilinear": (lambda x: last(F.interpolate(first(x), scale_factor=2, mode="bilinear", align_corners=False)), (2, 3, 4, 2)),
    "nearest": (lambda x: last(F.interpolate(first(x), scale_factor=2)), (1, 3, 2, 2)),
    "pixel-shuffle": (shuffle, (2, 2, 3, 8)),
    "softmax": (lambda x: F.softmax(x, 1), (3, 5)),
    "log-sum-exp": (lambda x: torch.logsumexp(x, 1), (3, 5)),
    "embedding": (lambda x: x[torch.tensor([1, 3, 0, 3, 3, 2])], (5, 3)),
}


def discriminator(act):
    def d(x, w):
        h = conv(x, w[0], w[1], stride=2, padding=1)
        if act == "batch-norm":
            h = F.leaky_relu(batch_norm(h, w[2], w[3]), 0.2)
        h = F.leaky_relu(h, 0.2) if act == "leaky" else torch.tanh(h) if act == "tanh" else h
        h = conv(h, w[4], w[5], stride=2, padding=1)
        h = F.leaky_relu(h, 0.2) if act == "leaky" else torch.tanh(h)
        return conv(h, w[6])[:, 0, 0, 0]
    return d


WEIGHTS = [(4, 4, 2, 4), (4,), (4,), (4,), (4, 4, 4, 6), (6,), (2, 2, 6, 1)]


def squared_norms(d, x, w):
    g, = torch.autograd.grad(d(x, w).sum(), x, create_graph=True)
    return (g * g).sum((1, 2, 3))


def penalties(d, w):
    real, fake, share = operand(20, (3, 8, 8, 2)), operand(21, (3, 8, 8, 2)), operand(22, (3, 1, 1, 1)).abs()
    between = share * real + (1 - share) * fake
    return {"R1": squared_norms(d, real, w).mean() * 0.5, "R2": squared_norms(d, fake, w).mean() * 0.5,
            "WGAN-GP": ((squared_norms(d, between, w).sqrt() - 1) ** 2).mean() * 10}


def numbers(t):
    return [float("%.10g" % v) for v in t.detach().reshape(-1)]


def gradients(y, to, **options):
    grads = torch.autograd.grad(y, to, allow_unused=True, **options)
    return [torch.zeros_like(t) if g is None else g for g, t in zip(grads, to)]


def main():
    out = {"operations": {}, "penalties": {}}
    for name, (f, *shapes) in OPERATIONS.items():
        xs = [operand(k, s) for k, s in enumerate(shapes)]
        y = f(*xs)
        g = gradients((y * operand(9, y.shape)).sum(), xs, create_graph=True)
        total = sum((v * v).sum() for v in g)
        second = gradients(total, xs) if total.requires_grad else [torch.zeros_like(x) for x in xs]
        out["operations"][name] = {"y": numbers(y), "first": [numbers(v) for v in g], "second": [numbers(v) for v in second]}
    out["running"] = numbers(running(operand(0, (3, 3, 2, 4))))
    for act in "leaky", "tanh", "batch-norm":
        w = [operand(k, s) for k, s in enumerate(WEIGHTS)]
        for name, p in penalties(discriminator(act), w).items():
            out["penalties"][act + " " + name] = {"value": float("%.10g" % p), "grads": [numbers(v) for v in gradients(p, w)]}
    with open("torch_ops.json", "w") as f:
        json.dump(out, f, separators=(",", ":"))
        f.write("\n")


main()
