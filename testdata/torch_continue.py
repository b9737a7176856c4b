#!/usr/bin/env python3
"""Go on with a run that gannet exported, in PyTorch: torch_continue.py EXPORT.safetensors INPUTS.json OUT.safetensors

It plays the non-saturating game of two multilayer perceptrons with Adam and R1 for as many steps as INPUTS.json holds latents
and real pictures for, prints the losses of each as JSON, and writes what it has come to. It is an example, too, of what a
script needs to know of such a file: names, layouts, and the optimizer's state.
"""
import json
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F


def load(path):
    """The tensors of a safetensors file of float32, and its metadata."""
    raw = open(path, "rb").read()
    n = struct.unpack("<Q", raw[:8])[0]
    head, data = json.loads(raw[8:8 + n]), raw[8 + n:]
    meta = head.pop("__metadata__", {})
    return {k: torch.from_numpy(np.frombuffer(data[slice(*e["data_offsets"])], np.float32).copy()).reshape(e["shape"])
            for k, e in head.items()}, meta


def save(path, tensors):
    head, at, parts = {}, 0, []
    for k, t in tensors.items():
        b = t.detach().float().contiguous().numpy().tobytes()
        head[k] = {"dtype": "F32", "shape": list(t.shape), "data_offsets": [at, at + len(b)]}
        at += len(b)
        parts.append(b)
    js = json.dumps(head).encode()
    open(path, "wb").write(struct.pack("<Q", len(js)) + js + b"".join(parts))


class MLP(torch.nn.ModuleList):
    """Layers named 0, 1, ...; the activation stands between them."""

    def __init__(self, tensors, player, act):
        weights = [tensors["%s.%d.weight" % (player, i)] for i in range(len(tensors)) if "%s.%d.weight" % (player, i) in tensors]
        super().__init__(torch.nn.Linear(w.shape[1], w.shape[0]) for w in weights)
        self.act = act
        self.load_state_dict({k[len(player) + 1:]: v for k, v in tensors.items() if k.startswith(player + ".")})

    def forward(self, x):
        for i, layer in enumerate(self):
            x = layer(x)
            if i < len(self) - 1:
                x = self.act(x)
        return x


def adam(net, player, tensors, o):
    opt = torch.optim.Adam(net.parameters(), lr=o["lr"], betas=(o["beta1"], o["beta2"]), eps=o["eps"])
    for name, p in net.named_parameters():
        prefix = "optimizer.state.%s.%s." % (player, name)
        opt.state[p] = {k: tensors[prefix + k].clone() for k in ("step", "exp_avg", "exp_avg_sq")}
    return opt


def main():
    tensors, _ = load(sys.argv[1])
    case = json.load(open(sys.argv[2]))
    p = case["preset"]
    g = MLP(tensors, "G", F.relu)
    d = MLP(tensors, "D", lambda x: F.leaky_relu(x, .2))
    ema = MLP(tensors, "G_ema", F.relu)
    opt = {"G": adam(g, "G", tensors, p["opt_g"]), "D": adam(d, "D", tensors, p["opt_d"])}
    decay = 2 ** (-p["batch"] / (1000 * p["ema_kimg"]))
    shape = (p["batch"], -1)
    for real, z_d, z_g in zip(case["real"], case["z_d"], case["z_g"]):
        real = (torch.tensor(real) / 255).reshape(shape).requires_grad_()
        fake = torch.sigmoid(g(torch.tensor(z_d).reshape(shape) / 4096)).detach()
        d_real = d(real)
        loss_d = F.softplus(-d_real).mean() + F.softplus(d(fake)).mean()
        grad, = torch.autograd.grad(d_real.sum(), real, create_graph=True)
        opt["D"].zero_grad()
        (loss_d + p["r1"] / 2 * grad.square().sum(1).mean()).backward()
        opt["D"].step()
        loss_g = F.softplus(-d(torch.sigmoid(g(torch.tensor(z_g).reshape(shape) / 4096)))).mean()
        opt["G"].zero_grad()
        loss_g.backward()
        opt["G"].step()
        with torch.no_grad():
            for a, b in zip(ema.parameters(), g.parameters()):
                a.lerp_(b, 1 - decay)
        print(json.dumps([loss_d.item(), loss_g.item()]))
    out = {}
    for player, net in (("G", g), ("D", d), ("G_ema", ema)):
        for name, v in net.state_dict().items():
            out["%s.%s" % (player, name)] = v
        for name, v in net.named_parameters() if player in opt else ():
            for k, s in opt[player].state[v].items():
                out["optimizer.state.%s.%s.%s" % (player, name, k)] = s
    save(sys.argv[3], out)


if __name__ == "__main__":
    main()
