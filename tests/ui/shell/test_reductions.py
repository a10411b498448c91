from PIL import Image

from genimg.core.decoding import REDUCED
from genimg.ui import controls as ui


def reduced_photo():
    photo = Image.new("RGB", (4096, 3072))
    photo.info[REDUCED] = (8192, 6144)
    return photo


def test_the_status_line_says_that_a_photo_was_reduced():
    words = "photo of 50 MP, reduced to 4096 × 3072"
    line = ui.guard(lambda photo, _: ui.status(0.1))
    assert words in line(reduced_photo(), 3) and words not in line(Image.new("RGB", (9, 9)), 3)
    assert words not in ui.status(0.1)


def test_it_says_so_at_every_step_of_long_work():
    ended = []

    def work(photo):
        try:
            yield ui.status(0.1)
            yield ui.status(0.2)
        finally:
            ended.append(True)

    steps = ui.guard(work)(reduced_photo())
    assert "reduced" in next(steps) and "reduced" not in ui.status() and "reduced" in next(steps)
    steps.close()
    assert ended == [True]
