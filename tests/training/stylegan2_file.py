"""A small StyleGAN2 as its authors' training writes it, and what it draws by the formulas of the paper, plainly.

Names of parts, parameters and attributes are the format. The arithmetic is written for one picture at a time, with
weights of its own, as the paper has it; ours scales inputs and outputs instead.
"""

import pickle
import sys
import types
from contextlib import contextmanager
from math import sqrt

import numpy as np
import torch
from torch import nn
from torch.nn.functional import conv2d, pad

PROGRAM = "raise SystemExit('the program in the file was run')"
FILTER = torch.tensor([1.0, 3.0, 3.0, 1.0]).outer(torch.tensor([1.0, 3.0, 3.0, 1.0])) / 64


class Kept(nn.Module):
    """What the file keeps of a network: its attributes, and the program that made it."""

    def __reduce__(self):
        meta = {"type": "class", "version": 6, "module_src": PROGRAM, "class_name": type(self).__name__}
        return sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj, (meta | {"state": self.__dict__},)


class FullyConnectedLayer(Kept):
    def __init__(self, inputs, outputs, rate=1.0, bias=0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full([outputs], float(np.float32(bias))) + 0.1 * torch.randn(outputs) / rate)
        self.weight_gain, self.bias_gain = rate / np.sqrt(inputs), rate

    def forward(self, x):
        return x @ (self.weight.t() * self.weight_gain) + self.bias * self.bias_gain


class MappingNetwork(Kept):
    def __init__(self, noise, style, depth):
        super().__init__()
        self.z_dim, self.c_dim, self.w_dim, self.num_layers = noise, 0, style, depth
        for i in range(depth):
            setattr(self, f"fc{i}", FullyConnectedLayer(style if i else noise, style, rate=0.01))
        self.register_buffer("w_avg", 0.3 * torch.randn(style))

    def forward(self, noise, psi):
        x = noise / (noise.square().mean() + 1e-8).sqrt()
        for i in range(self.num_layers):
            x = getattr(self, f"fc{i}")(x)
            x = torch.where(x > 0, x, 0.2 * x) * sqrt(2)
        return self.w_avg + psi * (x - self.w_avg)


class SynthesisLayer(Kept):
    def __init__(self, inputs, outputs, style, side, up=1, clamp=None):
        super().__init__()
        self.resolution, self.up, self.conv_clamp = side, up, clamp
        self.affine = FullyConnectedLayer(style, inputs, bias=1)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.register_buffer("noise_const", torch.randn(side, side))
        self.noise_strength = nn.Parameter(torch.tensor(0.3))
        self.register_buffer("resample_filter", FILTER)
        self.bias = nn.Parameter(0.1 * torch.randn(outputs))

    def forward(self, x, w):
        weight = self.weight * self.affine(w)[None, :, None, None]
        weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        if self.up == 1:
            x = conv2d(x, weight, padding=1)
        else:  # zeros between the pixels, a convolution (the kernel turned round), and the filter
            x = conv2d(pad(zeros_between(x), (2, 2, 2, 2)), weight.flip(2, 3))[..., :-1, :-1]
            x = smoothed(pad(x, (1, 1, 1, 1)))
        x = x + self.noise_const * self.noise_strength + self.bias[:, None, None]
        x = torch.where(x > 0, x, 0.2 * x) * sqrt(2)
        return x if self.conv_clamp is None else x.clamp(-self.conv_clamp * sqrt(2), self.conv_clamp * sqrt(2))


class ToRGBLayer(Kept):
    def __init__(self, inputs, channels, style, clamp=None):
        super().__init__()
        self.conv_clamp = clamp
        self.affine = FullyConnectedLayer(style, inputs, bias=1)
        self.weight = nn.Parameter(torch.randn(channels, inputs, 1, 1))
        self.bias = nn.Parameter(0.1 * torch.randn(channels))
        self.weight_gain = 1 / np.sqrt(inputs)

    def forward(self, x, w):
        x = conv2d(x, self.weight * (self.affine(w) * self.weight_gain)[None, :, None, None]) + self.bias[:, None, None]
        return x if self.conv_clamp is None else x.clamp(-self.conv_clamp, self.conv_clamp)


class SynthesisBlock(Kept):
    def __init__(self, inputs, outputs, channels, style, side, clamp):
        super().__init__()
        self.resolution, self.architecture = side, "skip"
        self.register_buffer("resample_filter", FILTER)
        if inputs:
            self.conv0 = SynthesisLayer(inputs, outputs, style, side, up=2, clamp=clamp)
        else:
            self.const = nn.Parameter(torch.randn(outputs, 4, 4))
        self.conv1 = SynthesisLayer(outputs, outputs, style, side, clamp=clamp)
        self.torgb = ToRGBLayer(outputs, channels, style, clamp)

    def forward(self, x, picture, styles):
        if x is None:
            x = self.const[None]
        else:
            x = self.conv0(x, styles.pop(0))
        x = self.conv1(x, styles.pop(0))
        painted = self.torgb(x, styles[0])
        return x, painted if picture is None else smoothed(pad(zeros_between(picture), (2, 1, 2, 1))) + painted


class SynthesisNetwork(Kept):
    def __init__(self, widths, channels, style, clamp):
        super().__init__()
        for i, (before, width) in enumerate(zip((0, *widths), widths, strict=False)):
            setattr(self, f"b{4 * 2**i}", SynthesisBlock(before, width, channels, style, 4 * 2**i, clamp))
        self.sizes = [4 * 2**i for i in range(len(widths))]

    def forward(self, styles):
        x, picture, styles = None, None, list(styles)
        for side in self.sizes:
            x, picture = getattr(self, f"b{side}")(x, picture, styles)
        return picture


class Generator(Kept):
    """Noise ``(noise,)`` to a picture ``(1, channels, S, S)`` around 0, one at a time."""

    def __init__(self, widths=(8, 6, 4), channels=3, noise=5, style=7, depth=3, clamp=None):
        super().__init__()
        self.mapping = MappingNetwork(noise, style, depth)
        self.synthesis = SynthesisNetwork(widths, channels, style, clamp)
        self.num_ws = 2 * len(widths)

    def forward(self, noise, psi=1.0):
        return self.synthesis([self.mapping(noise, psi)] * self.num_ws)


def zeros_between(x):
    wide = torch.zeros(*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3])
    wide[..., ::2, ::2] = x
    return wide


def smoothed(x):
    return conv2d(x.transpose(0, 1), FILTER[None, None] * 4).transpose(0, 1)


@contextmanager
def their_modules():
    """Have the modules that the file names, while it is written; whoever reads it has none of them."""
    persistence, util = types.ModuleType("torch_utils.persistence"), types.ModuleType("dnnlib.util")

    def _reconstruct_persistent_obj(meta):
        raise AssertionError("it was read in the usual way")

    _reconstruct_persistent_obj.__module__ = persistence.__name__
    _reconstruct_persistent_obj.__qualname__ = "_reconstruct_persistent_obj"
    persistence._reconstruct_persistent_obj = _reconstruct_persistent_obj
    util.EasyDict = type("EasyDict", (dict,), {"__module__": util.__name__})
    names = {"torch_utils": types.ModuleType("torch_utils"), "torch_utils.persistence": persistence}
    names |= {"dnnlib": types.ModuleType("dnnlib"), "dnnlib.util": util}
    sys.modules.update(names)
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


def write(path, network, **beside):
    """Write a network as ``G_ema``, with what a training writes beside it."""
    with their_modules(), path.open("wb") as file:
        settings = sys.modules["dnnlib.util"].EasyDict(path="faces.zip")
        pickle.dump({"training_set_kwargs": settings, "G_ema": network, **beside}, file)
    return path
