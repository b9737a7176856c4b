#!/usr/bin/env python3
"""Write torch_step.json: training steps of small games, computed by PyTorch's autograd in float64.

Each case holds a preset of package gan, initial weights, real pictures, and what two steps make of them: losses,
weights, and the optimizers' state, which shows the gradients. Latents and dropout masks come from the same counter-based
generator as gannet's, written here a second time. Run it from this folder; the JSON is checked in.
"""
import json
import math

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
STREAM_LATENT, STREAM_DROP, STEPS, PIXELS = 0x100, 0x200, 2, 6


def philox(seed, stream, index, n):
    """n random uint32 from index on: Philox4x32-10, four to a block."""
    mask, first = np.uint64(0xffffffff), index // 4
    block = np.arange(first, (index + n + 3) // 4, dtype=np.uint64)
    c = [block & mask, block >> np.uint64(32), np.full_like(block, stream), np.zeros_like(block)]
    k = [np.uint64(seed & 0xffffffff), np.uint64(seed >> 32)]
    for _ in range(10):
        p, q = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(q >> np.uint64(32)) ^ c[1] ^ k[0], q & mask, (p >> np.uint64(32)) ^ c[3] ^ k[1], p & mask]
        k = [(k[0] + np.uint64(0x9E3779B9)) & mask, (k[1] + np.uint64(0xBB67AE85)) & mask]
    at = index - 4 * first
    return np.stack(c, 1).reshape(-1)[at:at + n].astype(np.int64)


def latent(seed, stream, step, shape):
    n = math.prod(shape)
    v = (philox(seed, stream, step * n, n) >> 16) * 2 - 65535
    return torch.tensor(((v * 7094 + (1 << 15)) >> 16) / 4096).reshape(shape)


class Drop:
    """Dropout masks, each from its own stream."""

    def __init__(self, seed, step, first=0):
        self.seed, self.step, self.next = seed, step, first

    def __call__(self, x, keep):
        if not keep:
            return x
        self.next += 1
        n = x.numel()
        u = philox(self.seed, STREAM_DROP + self.next, self.step * n, n)
        return x * torch.tensor((u < round(float(np.float32(keep)) * 2**32)) / keep).reshape(x.shape)


class Game:
    def __init__(self, case, rng):
        self.p, self.seed, self.t = case["preset"], case["seed"], {}
        for name, net, first, last in (("G", self.p["g"], self.p["z"], PIXELS), ("D", self.p["d"], PIXELS, 1)):
            sizes = [first] + net["hidden"] + [last]
            for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
                width = b * net["pieces"] if net["act"] == "maxout" and i < len(net["hidden"]) else b
                for kind, shape in (("weight", (a, width)), ("bias", (width,))):
                    w = rng.normal(0, .5, shape).astype(np.float32)
                    self.t["%s.%d.%s" % (name, i, kind)] = torch.tensor(w.astype(np.float64), requires_grad=True)
        self.params = {player: [n for n in self.t if n[0] == player] for player in "GD"}
        case["weights"] = self.dump()
        for player, opt in (("G", self.p["opt_g"]), ("D", self.p["opt_d"])):
            for n in self.params[player]:
                for s in (".m", ".v") if opt["kind"] == "adam" else (".vel",):
                    self.t[n + s] = torch.zeros_like(self.t[n])
                if player == "G" and self.p.get("ema_kimg"):
                    self.t[n + ".ema"] = self.t[n].detach().clone()

    def dump(self):
        return {n: v.detach().reshape(-1).tolist() for n, v in self.t.items()}

    def mlp(self, player, net, x, drop):
        last = len(net["hidden"])
        for i in range(last + 1):
            x = drop(x, net.get("keep_in" if i == 0 else "keep_hidden")) if drop else x
            x = x @ self.t["%s.%d.weight" % (player, i)] + self.t["%s.%d.bias" % (player, i)]
            if i == last:
                return x
            if net["act"] == "maxout":
                x = x.view(len(x), net["pieces"], -1).max(1)[0]
            else:
                x = F.leaky_relu(x, .2 if net["act"] == "leaky" else 0)

    def losses(self, data, step, stream, drop):
        p = self.p
        fake = self.mlp("G", p["g"], latent(self.seed, stream, step, (p["batch"], p["z"])), None)
        real = torch.tensor(data, dtype=torch.float64).reshape(p["batch"], PIXELS) / 255
        if p["g"]["out"] == "tanh":
            fake, real = torch.tanh(fake), real * 2 - 1
        else:
            fake = torch.sigmoid(fake)
        real.requires_grad_(True)
        on_real, on_fake = self.mlp("D", p["d"], real, drop), self.mlp("D", p["d"], fake, drop)
        if p["loss"] == "relativistic":
            d, g = F.softplus(on_fake - on_real).mean(), F.softplus(on_real - on_fake).mean()
        else:
            d = F.softplus(-on_real).mean() + F.softplus(on_fake).mean()
            d = d / 2 if p.get("half_loss_d") else d
            g = F.softplus(-on_fake).mean() if p["loss"] == "non-saturating" else -F.softplus(on_fake).mean()
        penalty = 0
        for gamma, logits, x in ((p.get("r1"), on_real, real), (p.get("r2"), on_fake, fake)):
            if gamma:
                grad, = torch.autograd.grad(logits.sum(), x, create_graph=True)
                penalty = penalty + gamma / 2 * grad.square().sum(1).mean()
        return d, g, penalty

    def gradients(self, loss, player):
        return torch.autograd.grad(loss, [self.t[n] for n in self.params[player]], retain_graph=True)

    def update(self, player, grads, step):
        o = self.p["opt_" + player.lower()]
        with torch.no_grad():
            for name, g in zip(self.params[player], grads):
                w = self.t[name]
                if o["kind"] == "adam":
                    m, v, b1, b2 = self.t[name + ".m"], self.t[name + ".v"], o["beta1"], o["beta2"]
                    m.mul_(b1).add_(g, alpha=1 - b1)
                    v.mul_(b2).addcmul_(g, g, value=1 - b2)
                    w -= o["lr"] / (1 - b1**(step + 1)) * m / ((v / (1 - b2**(step + 1))).sqrt() + o["eps"])
                else:
                    vel = self.t[name + ".vel"]
                    vel.mul_(o["momentum"]).add_(g, alpha=-o["lr"])
                    w += vel
                if name + ".ema" in self.t:
                    decay = .5**(self.p["batch"] / (1000 * self.p["ema_kimg"]))
                    self.t[name + ".ema"].mul_(decay).add_(w, alpha=1 - decay)

    def step(self, i, batches):
        if self.p["simultaneous"]:
            d, g, penalty = self.losses(batches[i], i, STREAM_LATENT, Drop(self.seed, i))
            on_d, on_g = self.gradients(d + penalty, "D"), self.gradients(g, "G")
            self.update("D", on_d, i)
            self.update("G", on_g, i)
        else:
            d, _, penalty = self.losses(batches[2 * i], i, STREAM_LATENT, Drop(self.seed, i))
            self.update("D", self.gradients(d + penalty, "D"), i)
            _, g, _ = self.losses(batches[2 * i + 1], i, STREAM_LATENT + 1, Drop(self.seed, i, 64))
            self.update("G", self.gradients(g, "G"), i)
        return d.item(), g.item()


def adam(lr, eps=1e-8):
    return {"kind": "adam", "lr": lr, "beta1": .5, "beta2": .99, "eps": eps}


def preset(**more):
    return {"name": "test", "data": "digits", "z": 3, "latent": "uniform", "d_steps": 1, "batch": 4, "steps": STEPS,
            "tick": 1, "snap": 1, **more}


# Adam with a small eps divides gradients that cancel by themselves, and so shows rounding; pairing has such ones.
CASES = {
    "non-saturating, leaky ReLU, R1 and R2, Adam, EMA": preset(
        g={"hidden": [7, 5], "act": "relu", "out": "tanh"}, d={"hidden": [8, 5], "act": "leaky"},
        loss="non-saturating", simultaneous=True, r1=2, r2=.5, opt_g=adam(.01), opt_d=adam(.02), ema_kimg=.004),
    "relativistic, R1 and R2, alternating": preset(
        g={"hidden": [5], "act": "leaky", "out": "sigmoid"}, d={"hidden": [6, 5], "act": "leaky"},
        loss="relativistic", simultaneous=False, r1=1, r2=1, opt_g=adam(.02, 1e-3), opt_d=adam(.01, 1e-3)),
    "the paper's: maxout, dropout, SGD with momentum": preset(
        g={"hidden": [6, 5], "act": "relu", "out": "sigmoid"},
        d={"hidden": [4, 3], "act": "maxout", "pieces": 5, "keep_in": .8, "keep_hidden": .5},
        loss="non-saturating", half_loss_d=True, simultaneous=True,
        opt_g={"kind": "sgd", "lr": .1, "momentum": .5}, opt_d={"kind": "sgd", "lr": .1, "momentum": .5}),
    "minimax, maxout, R1": preset(
        g={"hidden": [6], "act": "relu", "out": "sigmoid"}, d={"hidden": [4, 3], "act": "maxout", "pieces": 3},
        loss="minimax", simultaneous=False, r1=.5, opt_g=adam(.02), opt_d={"kind": "sgd", "lr": .1, "momentum": .9}),
}


def main():
    rng, out = np.random.default_rng(1), []
    for name, p in CASES.items():
        case = {"name": name, "seed": (7 << 32) + len(out), "pixels": PIXELS, "preset": p}
        game = Game(case, rng)
        case["batches"] = [rng.integers(0, 256, p["batch"] * PIXELS).tolist() for _ in range(2 * STEPS)]
        case["losses"] = [game.step(i, case["batches"]) for i in range(STEPS)]
        case["after"] = game.dump()
        out.append(case)
    with open("torch_step.json", "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c) for c in out) + "\n]\n")


if __name__ == "__main__":
    main()
