"""Writes Kaldi's binary `final.mdl` (transition model and nnet3 network) without Kaldi.

Every phone has one emitting state. Several phones may share one output (pdf) of the network: that is how the graph
distinguishes a unit at a word's beginning, middle and end, and so how words get their times. Transition ids of phone p:
2p enters and leaves it (forward), 2p-1 stays in it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


def _token(name: str) -> bytes:
    return name.encode() + b" "


def _int(n: int) -> bytes:
    return b"\x04" + struct.pack("<i", n)


def _float(x: float) -> bytes:
    return b"\x04" + struct.pack("<f", x)


def _double(x: float) -> bytes:
    return b"\x08" + struct.pack("<d", x)


def _ints(values: Sequence[int]) -> bytes:
    return b"\x04" + struct.pack("<i", len(values)) + np.asarray(values, "<i4").tobytes()


def _vector(values: Sequence[float] | np.ndarray) -> bytes:
    raw = np.asarray(values, "<f4").ravel()
    return _token("FV") + _int(len(raw)) + raw.tobytes()


def _matrix(values: np.ndarray) -> bytes:
    raw = np.ascontiguousarray(values, "<f4")
    return _token("FM") + _int(raw.shape[0]) + _int(raw.shape[1]) + raw.tobytes()


def transition_model(pdfs: Sequence[int]) -> bytes:
    """Phones 1 … len(pdfs), of which phone p listens to output pdfs[p-1]."""
    count = len(pdfs)
    out = _token("<TransitionModel>") + _token("<Topology>") + _ints(range(1, count + 1)) + _ints([-1] + [0] * count)
    out += _int(1) + _int(2)  # one entry of two states
    out += _int(0) + _int(2) + _int(0) + _float(0.5) + _int(1) + _float(0.5)  # class 0: stay, leave
    out += _int(-1) + _int(0)  # the last state emits nothing and goes nowhere
    out += _token("</Topology>") + _token("<Triples>") + _int(count)
    out += b"".join(_int(phone + 1) + _int(0) + _int(pdf) for phone, pdf in enumerate(pdfs))
    out += _token("</Triples>") + _token("<LogProbs>") + _vector([0.0] + [float(np.log(0.5))] * (2 * count))
    return out + _token("</LogProbs>") + _token("</TransitionModel>")


def _nonlinear(kind: str, dim: int) -> bytes:
    out = _token(f"<{kind}>") + _token("<Dim>") + _int(dim)
    out += _token("<ValueAvg>") + _vector([]) + _token("<DerivAvg>") + _vector([]) + _token("<Count>") + _double(0)
    out += _token("<OderivRms>") + _vector([]) + _token("<OderivCount>") + _double(0)
    out += _token("<NumDimsSelfRepaired>") + _double(0) + _token("<NumDimsProcessed>") + _double(0)
    return out + _token(f"</{kind}>")


def _affine(weight: np.ndarray, bias: np.ndarray) -> bytes:
    out = _token("<FixedAffineComponent>") + _token("<LinearParams>") + _matrix(weight)
    return out + _token("<BiasParams>") + _vector(bias) + _token("</FixedAffineComponent>")


def _sum(dim: int) -> bytes:
    out = _token("<NoOpComponent>") + _token("<Dim>") + _int(dim) + _token("<BackpropScale>") + _float(1.0)
    return out + _token("</NoOpComponent>")


@dataclass(frozen=True)
class Layer:
    """One layer: an affine over frames at `offsets`, a ReLU, and for `residual` the layer's own input added."""

    offsets: tuple[int, ...]
    weight: np.ndarray
    """Columns in the order of `offsets`."""
    bias: np.ndarray
    residual: bool


def network(layers: Sequence[Layer], weight: np.ndarray, bias: np.ndarray, inputs: int) -> bytes:
    """The nnet3 network: `layers`, a last affine and a log-softmax."""
    lines, parts, source = [f"input-node name=input dim={inputs}"], [], "input"

    def add(name: str, made: bytes, wanted: str) -> str:
        lines.append(f"component-node name={name} component={name} input={wanted}")
        parts.append(_token("<ComponentName>") + _token(name) + made)
        return name

    for n, layer in enumerate(layers):
        spliced = ", ".join(f"Offset({source}, {at})" if at else source for at in layer.offsets)
        last = add(f"l{n}.affine", _affine(layer.weight, layer.bias), f"Append({spliced})")
        last = add(f"l{n}.relu", _nonlinear("RectifiedLinearComponent", len(layer.bias)), last)
        if layer.residual:
            last = add(f"l{n}.sum", _sum(len(layer.bias)), f"Sum({last}, {source})")
        source = last
    last = add("out.affine", _affine(weight, bias), source)
    last = add("out.logsoftmax", _nonlinear("LogSoftmaxComponent", len(bias)), last)
    lines.append(f"output-node name=output input={last} objective=linear")
    config = ("\n".join(lines) + "\n\n").encode()
    out = _token("<Nnet3>") + b"\n" + config + _token("<NumComponents>") + _int(len(parts)) + b"".join(parts)
    out += _token("</Nnet3>") + _token("<LeftContext>") + _int(0) + _token("<RightContext>") + _int(0)
    return out + _token("<Priors>") + _vector([])


def model(pdfs: Sequence[int], layers: Sequence[Layer], weight: np.ndarray, bias: np.ndarray, inputs: int) -> bytes:
    """The whole of final.mdl."""
    return b"\0B" + transition_model(pdfs) + network(layers, weight, bias, inputs)
