"""Writes a trained network as a Vosk model's am/ and conf/: `python -m speech.network.export NET.pt MODEL_FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from speech import phones
from speech.network import kaldi
from speech.network.features import MFCC
from speech.network.train import DILATIONS, Net

DECODING = {
    "min-active": "200", "max-active": "3000", "beam": "13.0", "lattice-beam": "6.0", "acoustic-scale": "1.0",
    "frame-subsampling-factor": "3", "endpoint.silence-phones": f"{phones.BETWEEN}:{phones.INSIDE}",
    "endpoint.rule2.min-trailing-silence": "0.5", "endpoint.rule3.min-trailing-silence": "1.0",
    "endpoint.rule4.min-trailing-silence": "2.0",
}  # fmt: skip


def layers_of(net: Net, mean: torch.Tensor, spread: torch.Tensor) -> list[kaldi.Layer]:
    """The layers with the normalisations of input and batch folded into the affines."""
    made = []
    for n, (convolution, norm) in enumerate(zip(net.convolutions, net.norms, strict=True)):
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        weight = convolution.weight[:, :, 0] * scale[:, None, None]
        bias = (convolution.bias - norm.running_mean) * scale + norm.bias
        if n == 0:
            bias = bias - (weight * (mean / spread)[None, :, None]).sum((1, 2))
            weight = weight / spread[None, :, None]
        step = 3 * DILATIONS[n - 1]
        offsets = tuple(range(-4, 5)) if n == 0 else (-step, 0, step)
        columns = weight.permute(0, 2, 1).reshape(weight.shape[0], -1)
        made.append(kaldi.Layer(offsets, columns.detach().numpy(), bias.detach().numpy(), n > 0))
    return made


def main(source: Path, folder: Path) -> None:
    """Writes am/final.mdl, conf/mfcc.conf, conf/model.conf."""
    state = torch.load(source, weights_only=True)
    net = Net()
    net.load_state_dict(state["net"])
    net.eval()
    layers = layers_of(net, state["mean"], state["spread"])
    weight, bias = net.out.weight[:, :, 0, 0].detach().numpy(), net.out.bias.detach().numpy()
    for name in ("am", "conf"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "am/final.mdl").write_bytes(kaldi.model(phones.pdfs(), layers, weight, bias, inputs=40))
    (folder / "conf/mfcc.conf").write_text("".join(f"--{key}={value}\n" for key, value in MFCC.items()))
    (folder / "conf/model.conf").write_text("".join(f"--{key}={value}\n" for key, value in DECODING.items()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
