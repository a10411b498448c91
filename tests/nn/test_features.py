import pytest
import torch
from torch.nn.functional import avg_pool2d

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.nn.features import VGGFeatures


@pytest.fixture(scope="module")
def vgg():
    return checkpoints.load("vgg16-features").cpu()


def test_same_activations_as_the_stack_that_torchvision_builds(vgg):
    from torchvision.models import vgg16

    stack = vgg16(weights=None).features[:19].eval()
    stack.load_state_dict(vgg.state_dict())
    images = torch.rand(2, 3, 40, 56)
    expected = stack(images * 255 - torch.tensor([123.68, 116.779, 103.939]).view(1, 3, 1, 1))
    found = vgg(images, ["conv1_2", "relu4_1"])
    assert found["relu4_1"].shape == (2, 512, 5, 7)
    torch.testing.assert_close(found["relu4_1"], expected, rtol=1e-3, atol=1e-2)
    assert found["conv1_2"].min() < 0  # before the ReLU, and not overwritten by it


def test_smooth_pooling_is_twice_the_mean_and_the_border_is_replicated(vgg):
    flat = torch.full((1, 3, 32, 32), 0.7)
    first = vgg(flat, ["relu1_1"], smooth=True)["relu1_1"]
    assert first.std(dim=(2, 3)).max() < 1e-3  # no edge effect in the first layer
    both = vgg(torch.rand(1, 3, 32, 32), ["relu1_2", "conv2_1"], smooth=True)
    conv = vgg.get_submodule("5")
    torch.testing.assert_close(both["conv2_1"], conv(2 * avg_pool2d(both["relu1_2"], 2)), rtol=1e-3, atol=1e-2)


def test_layers_by_name_and_an_unknown_one():
    small = VGGFeatures(depths=[1, 2], widths=[4, 8])
    assert small.layers == ["conv1_1", "relu1_1", "conv2_1", "relu2_1", "conv2_2", "relu2_2"]
    assert set(small.state_dict()) == {"0.weight", "0.bias", "3.weight", "3.bias", "5.weight", "5.bias"}
    with pytest.raises(UserError, match="relu9_9"):
        small(torch.rand(1, 3, 8, 8), ["relu9_9"])


def test_nothing_deeper_than_asked_is_computed():
    small = VGGFeatures(depths=[1, 1], widths=[4, 8])
    small.get_submodule("3").forward = lambda x: pytest.fail("conv2_1 was computed")
    assert small(torch.rand(1, 3, 8, 8), ["relu1_1"])["relu1_1"].shape == (1, 4, 8, 8)
