"""Trains the network with CTC on one core: `python -m speech.network.train FEATURES.npz OUT_FOLDER MINUTES`.

A residual time-delay network: every 30 ms one output over the units, seeing 400 ms to each side. After each epoch the
state goes to OUT_FOLDER/net.pt, from which speech.network.export writes the model. Never load vosk in the same process.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from speech.units import UNITS

WIDTH = 256
DILATIONS = (1, 1, 2, 2, 3, 3)
CONTEXT = 4 + 3 * sum(DILATIONS)
"""Frames of 10 ms that an output sees to each side."""
BATCH = 8
PEAK_RATE = 2e-3


class Net(nn.Module):
    """(batch, 40, frames) to (batch, units, frames/3); the caller repeats the first and last frame CONTEXT times."""

    def __init__(self) -> None:
        super().__init__()
        # Two-dimensional with a height of one: with channels last that takes half of Conv1d's time on a processor.
        first = nn.Conv2d(40, WIDTH, (1, 9), stride=(1, 3))
        rest = [nn.Conv2d(WIDTH, WIDTH, (1, 3), dilation=(1, step)) for step in DILATIONS]
        self.convolutions = nn.ModuleList([first, *rest])
        self.norms = nn.ModuleList([nn.BatchNorm2d(WIDTH) for _ in self.convolutions])
        self.out = nn.Conv2d(WIDTH, len(UNITS), 1)
        self.drop = nn.Dropout(0.1)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        hidden = frames[:, :, None].to(memory_format=torch.channels_last)
        for n, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            made = torch.relu(norm(convolution(hidden)))
            if n:
                step = DILATIONS[n - 1]
                made = made + hidden[..., step:-step]
            hidden = self.drop(made)
        scores: torch.Tensor = self.out(hidden)[:, :, 0]
        return scores


class Data:
    """All utterances in memory; batches of like length."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            self.frames, lengths = stored["frames"], stored["lengths"]
            units, unit_lengths = stored["units"], stored["unit_lengths"]
        ends = np.cumsum(lengths)
        self.spans = list(zip(ends - lengths, ends, strict=True))
        ends = np.cumsum(unit_lengths)
        self.units = [units[end - count : end] for end, count in zip(ends, unit_lengths, strict=True)]
        sample = self.frames[::11].astype(np.float32)
        self.mean, self.spread = sample.mean(0), sample.std(0) + 1e-3
        order = sorted(range(len(self.spans)), key=lambda n: int(lengths[n]))
        self.batches = [order[n : n + BATCH] for n in range(0, len(order), BATCH)]
        self.hours = len(self.frames) / 360_000

    def batch(self, chosen: list[int]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Frames, output lengths, units in one row, unit lengths."""
        longest = max(int(self.spans[n][1] - self.spans[n][0]) for n in chosen)
        filled = np.zeros((len(chosen), longest + 2 * CONTEXT, 40), np.float32)
        for row, n in enumerate(chosen):
            start, end = self.spans[n]
            one = (self.frames[start:end].astype(np.float32) - self.mean) / self.spread
            filled[row, :CONTEXT], filled[row, CONTEXT + len(one) :] = one[0], one[-1]
            filled[row, CONTEXT : CONTEXT + len(one)] = one
        outputs = torch.tensor([(int(self.spans[n][1] - self.spans[n][0]) + 2) // 3 for n in chosen])
        units = torch.tensor(np.concatenate([self.units[n] for n in chosen]).astype(np.int64))
        return (
            torch.from_numpy(filled).transpose(1, 2),
            outputs,
            units,
            torch.tensor([len(self.units[n]) for n in chosen]),
        )


def rate(done: float) -> float:
    """Learning rate at `done` (0 … 1) of the time: up for 5 %, then down to nothing."""
    return PEAK_RATE * min(1.0, done / 0.05 + 0.02) * max(0.004, 1 - done)


def main(features: Path, out: Path, minutes: float) -> None:
    """Trains for `minutes` of the clock."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random.seed(0)
    out.mkdir(parents=True, exist_ok=True)
    data, loss_of = Data(features), nn.CTCLoss(zero_infinity=True)
    net = Net().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), PEAK_RATE, weight_decay=1e-3)
    print(f"{sum(p.numel() for p in net.parameters())} parameters, {data.hours:.2f} hours", flush=True)
    began, epoch, done = time.monotonic(), 0, 0.0
    while done < 1:
        random.shuffle(data.batches)
        losses = []
        for chosen in data.batches:
            done = (time.monotonic() - began) / (minutes * 60)
            if done >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = rate(done)
            frames, outputs, units, unit_lengths = data.batch(chosen)
            scores = torch.log_softmax(net(frames), 1).permute(2, 0, 1)
            loss = loss_of(scores, units, outputs, unit_lengths)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            losses.append(loss.item())
        epoch += 1
        print(f"epoch {epoch} loss {np.mean(losses):.4f} after {(time.monotonic() - began) / 60:.1f} min", flush=True)
        state = {"net": net.state_dict(), "mean": torch.tensor(data.mean), "spread": torch.tensor(data.spread)}
        torch.save(state, out / "net.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
