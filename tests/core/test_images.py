import io

import numpy as np
import pytest
import torch
from PIL import Image

from genimg.core import images
from genimg.core.errors import UserError


def colour_at(image, x=0, y=0):
    return image.getpixel((x, y))


def test_pil_to_tensor_and_back_is_exact():
    values = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    tensor = images.to_tensor(Image.fromarray(values))
    assert tensor.shape == (1, 3, 5, 7) and tensor.dtype == torch.float32
    assert tensor.min() >= 0 and tensor.max() <= 1
    assert np.array_equal(images.to_pil(tensor)[0], values)


def test_gray_tensors_and_values_outside_become_pictures():
    picture = images.to_pil(torch.tensor([[[[-1.0, 2.0]]]]))[0]
    assert picture.mode == "RGB" and [colour_at(picture, x) for x in range(2)] == [(0, 0, 0), (255, 255, 255)]


def test_a_grid_keeps_order_and_gaps():
    squares = [Image.new("RGB", (3, 3), (i * 50, 0, 0)) for i in range(5)]
    sheet = images.grid(squares, columns=3, gap=2)
    assert sheet.size == (13, 8)
    assert [colour_at(sheet, x, y)[0] for x, y in ((0, 0), (5, 0), (10, 0), (0, 5), (5, 5))] == [0, 50, 100, 150, 200]
    assert colour_at(sheet, 3, 0) == (255, 255, 255) == colour_at(sheet, 10, 5)
    with pytest.raises(UserError):
        images.grid([])


def test_a_gif_and_a_film_have_their_frames():
    import av

    frames = [Image.new("RGB", (33, 21), (20 * i, 100, 50)) for i in range(8)]
    with Image.open(io.BytesIO(images.encode_gif(frames, fps=10))) as gif:
        assert (gif.n_frames, gif.info["duration"], gif.info["loop"]) == (8, 100, 0)
    with av.open(io.BytesIO(images.encode_mp4(frames, fps=24))) as film:
        shown = list(film.decode(video=0))
        assert len(shown) == 8 and (shown[0].width, shown[0].height) == (32, 20)
        red, green, blue = shown[5].to_image().getpixel((10, 10))
        assert abs(red - 100) < 8 and abs(green - 100) < 8 and abs(blue - 50) < 8


def test_shrink_and_crop_square():
    picture = Image.new("RGB", (200, 100))
    assert images.shrink(picture, 50).size == (50, 25)
    assert images.shrink(picture, 500) is picture
    square, box = images.crop_square(picture)
    assert square.size == (100, 100) and box == (50, 0, 150, 100)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (3, 5), (1, 300)])
def test_every_encoder_takes_the_smallest_and_oddest_pictures(size):
    import av

    frames = [Image.new("RGB", size, colour) for colour in ("red", "blue", "red")]
    for format in images.FORMATS:
        assert Image.open(io.BytesIO(images.encode(frames[0], format))).size == size
    gif = Image.open(io.BytesIO(images.encode_gif(frames)))
    assert (gif.size, gif.n_frames) == (size, 3)
    with av.open(io.BytesIO(images.encode_mp4(frames))) as film:
        shown = [frame.to_image() for frame in film.decode(video=0)]
    assert len(shown) == 3 and shown[0].size == tuple(max(2, side - side % 2) for side in size)
    red, green, blue = shown[1].getpixel((0, 0))
    assert blue > 150 and red < 60
    assert images.grid(frames, columns=1, gap=0).size == (size[0], 3 * size[1])


def test_jpeg_lays_alpha_over_white_and_the_others_keep_it():
    veil = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    red, green, blue = Image.open(io.BytesIO(images.encode(veil, "JPEG"))).getpixel((4, 4))
    assert min(red, green, blue) > 250
    for format in ("PNG", "WEBP"):
        assert Image.open(io.BytesIO(images.encode(veil, format, quality=100))).getpixel((4, 4))[3] == 0
