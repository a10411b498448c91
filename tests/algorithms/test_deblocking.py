import io

import pytest
import torch
from PIL import Image

from genimg.algorithms import deblocking
from genimg.core.images import to_pil, to_tensor
from genimg.studio import examples


@pytest.fixture(scope="module")
def photo():
    return to_tensor(examples.photo("Astronaut").crop((130, 20, 274, 148)))


def compressed(image, quality):
    buffer = io.BytesIO()
    to_pil(image)[0].save(buffer, "JPEG", quality=quality)
    return to_tensor(Image.open(buffer).convert("RGB"))


def psnr(image, photo):
    return float(-10 * (image - photo).square().mean().log10())


def blocking(image):
    """Return how much larger the steps between blocks of 8 are than those inside of them."""
    rows = (image[..., 1:, :] - image[..., :-1, :]).abs().mean((0, 1, 3))
    return float(rows[7::8].mean() / rows[3::8].mean())


@pytest.mark.parametrize("quality", [5, 10, 25, 50, 77, 90])
def test_the_quality_is_seen_in_the_picture(photo, quality):
    assert deblocking.find(compressed(photo, quality)).quality == pytest.approx(quality, abs=1)


def test_the_grid_of_a_cropped_picture_is_found(photo):
    cropped = compressed(photo, 20)[..., 3:, 5:]
    assert deblocking.find(cropped) == deblocking.Traces(20, (5, 3))


def test_a_picture_that_never_was_a_jpeg_has_no_traces(photo):
    for picture in (photo, torch.full((1, 3, 64, 64), 0.3), torch.rand(1, 3, 64, 64), photo[..., :20, :20]):
        assert deblocking.find(picture) is None


def test_the_table_is_the_one_that_files_have(photo):
    for quality in (1, 20, 50, 75, 99):
        buffer = io.BytesIO()
        to_pil(photo)[0].save(buffer, "JPEG", quality=quality)
        luma, chroma = (Image.open(buffer).quantization[i] for i in (0, 1))
        assert deblocking.table(quality).tolist() == luma
        assert deblocking.table(quality, chroma=True).tolist() == chroma


@pytest.mark.parametrize(("quality", "gain"), [(10, 0.9), (20, 0.65), (40, 0.5)])
def test_blocks_go_and_the_photo_comes_nearer(photo, quality, gain):
    damaged = compressed(photo, quality)
    traces = deblocking.find(damaged)
    made = deblocking.deblock(damaged, traces.quality, grid=traces.grid)
    assert psnr(made, photo) > psnr(damaged, photo) + gain
    assert blocking(made) - 1 < 0.35 * (blocking(damaged) - 1)


def test_colours_no_longer_bleed_over_an_edge():
    red, blue = (torch.tensor(one).view(1, 3, 1, 1) for one in ((0.9, 0.1, 0.1), (0.1, 0.2, 0.5)))
    edge = torch.where(torch.arange(96) < 45, red, blue).expand(1, 3, 96, 96)
    damaged = compressed(edge, 40)
    assert psnr(deblocking.deblock(damaged, 40, grid=(0, 0)), edge) > psnr(damaged, edge) + 3


def test_more_strength_smooths_more(photo):
    damaged = compressed(photo, 20)
    roughness = [
        float((one[..., 1:] - one[..., :-1]).abs().mean())
        for one in (deblocking.deblock(damaged, 20, strength=level) for level in (0.3, 1.0, 3.0))
    ]
    assert roughness[0] > roughness[1] > roughness[2]


@pytest.mark.parametrize("size", [(16, 16), (17, 131), (140, 23)])
def test_a_constant_picture_of_any_size_stays_constant(size):
    flat = (torch.tensor((51, 102, 204)).view(1, 3, 1, 1) / 255).expand(1, 3, *size)
    assert torch.allclose(deblocking.deblock(flat, 20, grid=(0, 0)), flat, atol=1e-3)
