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
STREAM_LATENT, STREAM_DROP, STREAM_PENALTY, STEPS, PIXELS = 0x100, 0x200, 0x500, 2, 6


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


def uniform(seed, stream, step, shape):
    n = math.prod(shape)
    return torch.tensor((philox(seed, stream, step * n, n) >> 8) / 2**24).reshape(shape)


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
            sizes = [first * (self.p.get("pack", 1) if name == "D" else 1)] + net["hidden"] + [last]
            for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
                width = b * net["pieces"] if net["act"] == "maxout" and i < len(net["hidden"]) else b
                for kind, shape in (("weight", (a, width)), ("bias", (width,))):
                    w = rng.normal(0, .5, shape).astype(np.float32)
                    self.t["%s.%d.%s" % (name, i, kind)] = torch.tensor(w.astype(np.float64), requires_grad=True)
        self.params = {player: [n for n in self.t if n[0] == player] for player in "GD"}
        case["weights"] = self.dump()
        for player, opt in (("G", self.p["opt_g"]), ("D", self.p["opt_d"])):
            for n in self.params[player]:
                for s in {"adam": (".m", ".v"), "adamw": (".m", ".v"), "rmsprop": (".v",), "sgd": (".vel",)}[opt["kind"]]:
                    self.t[n + s] = torch.zeros_like(self.t[n])
                if player == "G" and self.p.get("ema_kimg"):
                    self.t[n + ".ema"] = self.t[n].detach().clone()

    def dump(self):
        return {n: v.detach().reshape(-1).tolist() for n, v in self.t.items()}

    def mlp(self, player, net, x, drop, weights=None):
        """Returns the output and what the last layer sees."""
        last, t = len(net["hidden"]), weights or self.t
        for i in range(last + 1):
            x = drop(x, net.get("keep_in" if i == 0 else "keep_hidden")) if drop else x
            y = x @ t["%s.%d.weight" % (player, i)] + t["%s.%d.bias" % (player, i)]
            if i == last:
                return y, x
            if net["act"] == "maxout":
                x = y.view(len(x), net["pieces"], -1).max(1)[0]
            else:
                x = F.leaky_relu(y, .2 if net["act"] == "leaky" else 0)

    def objective(self, on_real, on_fake):
        p, smooth = self.p, self.p.get("label_smoothing", 0)
        if p["loss"] == "relativistic":
            return F.softplus(on_fake - on_real).mean(), F.softplus(on_real - on_fake).mean()
        if p["loss"] == "least-squares":
            d = (on_real - (1 - smooth)).square().mean() / 2 + on_fake.square().mean() / 2
            return d, (on_fake - 1).square().mean() / 2
        if p["loss"] == "wasserstein":
            return on_fake.mean() - on_real.mean(), -on_fake.mean()
        if p["loss"] == "hinge":
            return F.relu(1 - on_real).mean() + F.relu(1 + on_fake).mean(), -on_fake.mean()
        labels = torch.full_like(on_real, 1 - smooth)
        d = F.binary_cross_entropy_with_logits(on_real, labels) + F.softplus(on_fake).mean()
        d = d / 2 if p.get("half_loss_d") else d
        return d, F.softplus(-on_fake).mean() if p["loss"] == "non-saturating" else -F.softplus(on_fake).mean()

    def losses(self, data, step, stream, drop):
        p = self.p
        fake, _ = self.mlp("G", p["g"], latent(self.seed, stream, step, (p["batch"], p["z"])), None)
        real = torch.tensor(data, dtype=torch.float64).reshape(p["batch"], PIXELS) / 255
        if p["g"]["out"] == "tanh":
            fake, real = torch.tanh(fake), real * 2 - 1
        else:
            fake = torch.sigmoid(fake)
        real, fake = (x.reshape(-1, PIXELS * p.get("pack", 1)) for x in (real, fake))
        real.requires_grad_(True)
        (on_real, of_real), (on_fake, of_fake) = self.mlp("D", p["d"], real, drop), self.mlp("D", p["d"], fake, drop)
        d, g = self.objective(on_real, on_fake)
        if p.get("unroll"):
            w = {n: self.t[n] for n in self.params["D"]}
            ahead = lambda: self.objective(*(self.mlp("D", p["d"], x, None, w)[0] for x in (real, fake)))
            for _ in range(p["unroll"]):
                grads = torch.autograd.grad(ahead()[0], list(w.values()), create_graph=True)
                w = {n: v - p["unroll_lr"] * dv for (n, v), dv in zip(w.items(), grads)}
            g = ahead()[1]
        if p.get("feature_matching"):
            g = g + p["feature_matching"] * (of_real.mean(0) - of_fake.mean(0)).square().sum()
        penalty = 0
        for gamma, logits, x in ((p.get("r1"), on_real, real), (p.get("r2"), on_fake, fake)):
            if gamma:
                grad, = torch.autograd.grad(logits.sum(), x, create_graph=True)
                penalty = penalty + gamma / 2 * grad.square().sum(1).mean()
        points = []
        if p.get("gp"):
            points.append((p["gp"], fake + uniform(self.seed, STREAM_PENALTY, step, (len(real), 1)) * (real - fake)))
        if p.get("dragan"):
            away = uniform(self.seed, STREAM_PENALTY + 1, step, real.shape) * real.std(unbiased=False) / 2
            points.append((p["dragan"], real + uniform(self.seed, STREAM_PENALTY + 2, step, (len(real), 1)) * away))
        for weight, x in points:
            grad, = torch.autograd.grad(self.mlp("D", p["d"], x, None)[0].sum(), x, create_graph=True)
            penalty = penalty + weight * (grad.square().sum(1).sqrt() - 1).square().mean()
        self.consensus = 0
        if p.get("consensus"):
            grads = [v for player, loss in (("D", d), ("G", g)) for v in
                     torch.autograd.grad(loss, [self.t[n] for n in self.params[player]], create_graph=True)]
            self.consensus = p["consensus"] / 2 * sum(v.square().sum() for v in grads)
        return d, g, penalty

    def gradients(self, loss, player):
        return torch.autograd.grad(loss, [self.t[n] for n in self.params[player]], retain_graph=True)

    def update(self, player, grads, step):
        o = self.p["opt_" + player.lower()]
        with torch.no_grad():
            if o.get("clip_norm"):
                norm = sum(g.square().sum() for g in grads).sqrt()
                grads = [g * min(1, o["clip_norm"] / (norm + 1e-6)) for g in grads]
            for name, g in zip(self.params[player], grads):
                w = self.t[name]
                if o["kind"] == "rmsprop":
                    v = self.t[name + ".v"]
                    v.mul_(o["alpha"]).addcmul_(g, g, value=1 - o["alpha"])
                    w -= o["lr"] * g / (v.sqrt() + o["eps"])
                elif o["kind"] in ("adam", "adamw"):
                    w *= 1 - o["lr"] * o.get("weight_decay", 0)
                    m, v, b1, b2 = self.t[name + ".m"], self.t[name + ".v"], o["beta1"], o["beta2"]
                    m.mul_(b1).add_(g, alpha=1 - b1)
                    v.mul_(b2).addcmul_(g, g, value=1 - b2)
                    w -= o["lr"] / (1 - b1**(step + 1)) * m / ((v / (1 - b2**(step + 1))).sqrt() + o["eps"])
                else:
                    vel = self.t[name + ".vel"]
                    vel.mul_(o["momentum"]).add_(g, alpha=-o["lr"])
                    w += vel
                if player == "D" and self.p.get("clip"):
                    w.clamp_(-self.p["clip"], self.p["clip"])
                if name + ".ema" in self.t:
                    decay = .5**(self.p["batch"] * self.p.get("accumulate", 1) / (1000 * self.p["ema_kimg"]))
                    self.t[name + ".ema"].mul_(decay).add_(w, alpha=1 - decay)

    def turn(self, players, i, batches, stream, first):
        """The mean gradients of one player or both over the batches of an update."""
        sums, n = {}, len(batches)
        for j, data in enumerate(batches):
            clock = i * n + j
            d, g, penalty = self.losses(data, clock, stream, Drop(self.seed, clock, first))
            for player, loss in (("D", d + penalty), ("G", g)):
                if player in players:
                    grads = [v / n for v in self.gradients(loss + self.consensus, player)]
                    sums[player] = [a + b for a, b in zip(sums[player], grads)] if player in sums else grads
        for player, grads in sums.items():
            self.update(player, grads, i)
        return d.item(), g.item()

    def step(self, i, batches):
        n = self.p.get("accumulate", 1)
        part = lambda k: batches[k * n:(k + 1) * n]
        if self.p["simultaneous"]:
            return self.turn("DG", i, part(i), STREAM_LATENT, 0)
        # G's turn takes a batch only where its loss looks at real data.
        looks = self.p["loss"] == "relativistic" or any(self.p.get(k) for k in ("feature_matching", "unroll", "consensus"))
        d, _ = self.turn("D", i, part(2 * i if looks else i), STREAM_LATENT, 0)
        _, g = self.turn("G", i, part(2 * i + 1), STREAM_LATENT + 1, 64)
        return d, g


def adam(lr, eps=1e-8, **more):
    return {"kind": "adam", "lr": lr, "beta1": .5, "beta2": .99, "eps": eps, **more}


def preset(**more):
    return {"name": "test", "data": "digits", "z": 3, "latent": "uniform", "d_steps": 1, "batch": 4, "steps": STEPS,
            "tick": 1, "snap": 1, **more}


RELU_G, LEAKY_D = {"hidden": [6, 5], "act": "relu", "out": "sigmoid"}, {"hidden": [7, 5], "act": "leaky"}

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
    "least squares, label smoothing, AdamW, norms clipped": preset(
        g=RELU_G, d=LEAKY_D, loss="least-squares", label_smoothing=.1, simultaneous=True, opt_g=adam(.01, 1e-3, clip_norm=.01),
        opt_d=adam(.02, 1e-3, kind="adamw", weight_decay=.5)),
    "Wasserstein, weights clipped, RMSProp": preset(
        g=RELU_G, d=LEAKY_D, loss="wasserstein", clip=.4, simultaneous=False,
        **{o: {"kind": "rmsprop", "lr": .01, "alpha": .9, "eps": 1e-3} for o in ("opt_g", "opt_d")}),
    "Wasserstein, gradient penalty": preset(
        g=RELU_G, d=LEAKY_D, loss="wasserstein", gp=10, simultaneous=False, opt_g=adam(.01, 1e-3), opt_d=adam(.01, 1e-3)),
    "hinge, DRAGAN, feature matching": preset(
        g=RELU_G, d=LEAKY_D, loss="hinge", dragan=5, feature_matching=.5, simultaneous=False, opt_g=adam(.01, 1e-3),
        opt_d=adam(.01, 1e-3)),
    "pairs of packs, accumulated, EMA": preset(
        g=RELU_G, d=LEAKY_D, loss="relativistic", r1=1, r2=1, pack=2, accumulate=2, simultaneous=False, ema_kimg=.004,
        opt_g=adam(.01, 1e-3), opt_d=adam(.01, 1e-3)),
    "label smoothing, unrolled": preset(
        g=RELU_G, d=LEAKY_D, loss="non-saturating", label_smoothing=.1, unroll=3, unroll_lr=.2, simultaneous=False,
        opt_g=adam(.01, 1e-3), opt_d=adam(.01, 1e-3)),
    "consensus": preset(
        g=RELU_G, d=LEAKY_D, loss="minimax", consensus=.5, simultaneous=False,
        **{o: {"kind": "sgd", "lr": .1, "momentum": .5} for o in ("opt_g", "opt_d")}),
}


def main():
    rng, out = np.random.default_rng(1), []
    for name, p in CASES.items():
        case = {"name": name, "seed": (7 << 32) + len(out), "pixels": PIXELS, "preset": p}
        game = Game(case, rng)
        case["batches"] = [rng.integers(0, 256, p["batch"] * PIXELS).tolist() for _ in range(2 * STEPS * p.get("accumulate", 1))]
        case["losses"] = [game.step(i, case["batches"]) for i in range(STEPS)]
        case["after"] = game.dump()
        out.append(case)
    with open("torch_step.json", "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c) for c in out) + "\n]\n")


if __name__ == "__main__":
    main()
