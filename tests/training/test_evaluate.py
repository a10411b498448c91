import pytest
import torch
from PIL import Image

from genimg import checkpoints
from genimg.checkpoints import read_facts
from genimg.core import places
from genimg.core.errors import UserError
from genimg.data.avatars import VALUES
from genimg.models.autoencoder import Autoencoder
from genimg.models.dcgan import DCGAN
from genimg.models.flow import Flow
from genimg.models.vae import VAE
from genimg.training.card import write_card
from genimg.training.evaluate import evaluate, normalised_frechet_distance


def pictures(mean, seed):
    random = torch.Generator().manual_seed(seed)
    return (mean + 0.1 * torch.randn(300, 3, 32, 32, generator=random)).clamp(0, 1).split(100)


def test_equal_sets_are_near_and_others_far():
    same = normalised_frechet_distance(iter(pictures(0.5, 0)), iter(pictures(0.5, 0)))
    near = normalised_frechet_distance(iter(pictures(0.5, 0)), iter(pictures(0.5, 1)))
    far = normalised_frechet_distance(iter(pictures(0.5, 0)), iter(pictures(0.2, 1)))
    assert same == pytest.approx(0, abs=1e-3)
    assert same <= near < far / 5


def test_figures_go_into_the_card(tmp_path, few_faces):
    torch.manual_seed(0)
    checkpoints.save(VAE(image_size=32, latent_dim=8, widths=(16, 8, 8)).eval(), tmp_path)
    write_card(tmp_path, {"data": "avatars", "size": 32, "command": "python -m genimg train vae", "minutes": 1})
    figures = evaluate(tmp_path, count=20)
    assert figures.keys() == {"psnr", "ssim", "kl_bits", "nfd"}
    assert 3 < figures["psnr"] < 20 and -1 <= figures["ssim"] <= 1 and figures["kl_bits"] > 0
    assert read_facts(tmp_path)["figures"] == figures
    card = (tmp_path / "README.md").read_text()
    assert "\nlicense: mit\n" in card and f"{figures['psnr']:.2f}" in card
    with Image.open(tmp_path / "samples.webp") as sheet:
        assert sheet.height == 8 * 32 + 7 * 2 and sheet.width > 2 * sheet.height
    assert "](samples.webp)" in card


def test_psnr_is_the_mean_of_each_pictures_own(tmp_path, monkeypatch):
    from genimg.training import evaluate as module

    class Off(VAE):
        def encode(self, images):
            self.seen = images
            return torch.zeros(len(images), 8), torch.zeros(len(images), 8)

        def decode(self, latents, conditions=None):
            return self.seen + torch.tensor([0.1, 0.01])[:, None, None, None]

    figures = module._reconstruction(Off(image_size=32, widths=(8, 8, 8)), torch.zeros(2, 3, 32, 32, dtype=torch.uint8))
    assert figures["psnr"] == pytest.approx((20 + 40) / 2, abs=0.01)
    assert figures["kl_bits"] == 0


def test_an_autoencoder_is_measured_by_what_comes_back(tmp_path, few_faces):
    from genimg.training import evaluate as module

    checkpoints.save(Autoencoder(image_size=32, latent_channels=4, widths=(16, 8), depth=1).eval(), tmp_path)
    figures = evaluate(tmp_path, count=20, data="avatars")
    assert figures.keys() == {"psnr", "ssim", "unevenness"} and 3 < figures["psnr"] < 20
    flat, noisy = torch.full((2, 3, 20, 20), 0.5), torch.full((2, 3, 20, 20), 0.5)
    noisy[1, :, 0, 0] = 0.4  # an original that is not flat says nothing
    made = flat + torch.tensor([0.0, 0.02]).view(1, 1, 1, 2).expand(2, 3, 20, 2).repeat(1, 1, 1, 10)
    assert module._unevenness(made, noisy).tolist() == pytest.approx([255 * 0.02 * (1 / 3) ** 0.5])


def test_only_generators_are_measured():
    with pytest.raises(UserError, match="nothing to measure"):
        evaluate("vgg16-features")


def test_gans_have_no_reconstructions(tmp_path, few_faces):
    checkpoints.save(DCGAN(image_size=32, latent_dim=8, widths=(16, 8, 8)).eval(), tmp_path)
    assert evaluate(tmp_path, count=20, data="avatars").keys() == {"nfd"}


def test_a_flow_is_measured_by_its_course(tmp_path, monkeypatch):
    from genimg.training import evaluate as module
    from genimg.training.classifier import Classifier
    from genimg.training.drawing import Course

    (tmp_path / "vgg16-features").symlink_to(places.shipped() / "vgg16-features")
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    torch.manual_seed(0)
    coder = Autoencoder(image_size=32, latent_channels=4, widths=(16, 8), depth=1)
    counts = [len(values) for values in VALUES.values()]
    flow = Flow(latent_shape=(4, 4, 4), num_classes=counts, widths=(16, 32), depth=1, embedding=16, autoencoder="coder")
    torch.nn.init.normal_(flow.leave[2].weight)
    for name, network in (("coder", coder), ("flow", flow)):
        checkpoints.save(network.eval(), tmp_path / name)
    write_card(tmp_path / "flow", {"data": "avatars", "size": 32})
    monkeypatch.setattr(module, "_judge", lambda *_: Classifier(32, 3, counts).eval())
    courses = (Course(4, 1.0), Course(6, 2.0, "heun"))
    monkeypatch.setattr(module, "COURSES", courses)
    before = (tmp_path / "flow" / "README.md").read_text()
    few, more = (evaluate("flow", count=20, steps=steps, guidance=1.0)["nfd"] for steps in (4, 30))
    assert few != more and (tmp_path / "flow" / "README.md").read_text() == before

    rows = list(module.compare_courses("flow", count=20))
    assert [(row["steps"], row["guidance"], row["solver"], row["calls"]) for row in rows] == [
        (4, 1.0, "euler", 4),
        (6, 2.0, "heun", 22),
    ]
    assert rows[0]["nfd"] == pytest.approx(few) and rows[0].keys() >= {"accuracy", "accuracy_worst"}
    table = read_facts(tmp_path / "flow")["courses"]
    assert table["rows"] == rows and table["count"] == 20 and table["nfd_real"] > 0
    card = (tmp_path / "flow" / "README.md").read_text()
    assert f"| 6 | 2 | heun | 22 times | {rows[1]['nfd']:.3f} | {rows[1]['accuracy']:.1%} |" in card
