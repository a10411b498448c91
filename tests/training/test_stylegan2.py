"""Networks in the files of StyleGAN2's own training, beside a plain reference."""

import pickle

import numpy as np
import pytest
import torch

import genimg
from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.core.images import to_pil
from genimg.core.runtime import generator
from genimg.models.stylegan2 import StyleGAN2
from genimg.studio.sampler import moved, sampler
from genimg.training.importing import import_state
from genimg.training.stylegan2 import read
from tests.training.stylegan2_file import Generator, write


@pytest.fixture(autouse=True)
def mine(tmp_path, monkeypatch):
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path / "mine"))
    return tmp_path / "mine"


@pytest.mark.parametrize("clamp", [None, 0.7])
@pytest.mark.parametrize("channels", [3, 1])
def test_it_draws_what_the_paper_says(tmp_path, channels, clamp):
    theirs = Generator(channels=channels, clamp=clamp).eval()
    ours = read(write(tmp_path / "network.pkl", theirs))
    assert ours.image_size == 16 and ours.channels == channels and ours.layers == theirs.num_ws
    noise = torch.randn(3, 5)
    with torch.no_grad():
        for psi in (1.0, 0.5):
            wanted = torch.cat([theirs(one, psi) for one in noise]) / 2 + 0.5
            assert wanted.std() > 0.05 and 0.3 < ((wanted > 0) & (wanted < 1)).float().mean()
            assert torch.allclose(ours.decode(ours.from_noise(noise, psi)), wanted.clamp(0, 1), atol=1e-4)


def test_styles_mix_by_layer_and_chance_changes_details_alone(tmp_path):
    theirs = Generator().eval()
    ours = read(write(tmp_path / "network.pkl", theirs))
    with torch.no_grad():
        one, two = ours.from_noise(torch.randn(2, 5))
        mixed = torch.stack([one] * 3 + [two] * 3)[None]
        assert torch.allclose(ours.synthesize(mixed), (theirs.synthesis(mixed[0]) / 2 + 0.5).clamp(0, 1), atol=1e-4)
        by_chance = [ours.synthesize(mixed, noise=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert by_chance[0].equal(by_chance[1]) and not by_chance[0].equal(by_chance[2])


def test_a_file_becomes_a_checkpoint_that_is_drawn_from_and_steered(tmp_path, mine):
    file = write(tmp_path / "network.pkl", Generator().eval(), D=None, augment_pipe=None)
    import_state(file, "stylegan2", "theirs", {})
    (found,) = checkpoints.available("stylegan2")
    assert found.config["noise_dim"] == 5 and found.config["latent_dim"] == 7
    drawn = genimg.load("theirs").sample(2, seed=3)
    assert drawn[0].size == (16, 16) and drawn[0].tobytes() != drawn[1].tobytes()
    assert drawn[1].tobytes() == genimg.load("theirs").sample(seed=4)[0].tobytes()

    source = sampler("theirs", "stylegan2")
    assert source.latents(3).shape == (1, 7)
    (average,) = source.latents(3, truncation=0.0)
    assert torch.allclose(average, read(file).average)
    # Sliders are the principal components of styles: one step is one standard deviation along them.
    styles = torch.cat([source.latents(seed, 64) for seed in range(0, 2048, 64)])
    basis = source.directions / source.directions.norm(dim=1, keepdim=True)
    assert torch.allclose(basis @ basis.T, torch.eye(7), atol=1e-4)
    assert torch.allclose((styles @ basis.T).std(0), source.directions.norm(dim=1), rtol=0.1)
    apart = torch.corrcoef((styles @ basis.T).T) - torch.eye(7)
    assert apart.abs().max() < 0.1
    assert torch.allclose(moved(source, average[None], [2.0]), average + 2 * source.directions[0])


def test_two_pictures_are_mixed_and_the_file_remembers_it(tmp_path, run):
    theirs = Generator().eval()
    import_state(write(tmp_path / "network.pkl", theirs), "stylegan2", "theirs", {})
    made = genimg.load("theirs")
    (one,), (two,) = made.sample(seed=3), made.sample(seed=12)
    assert made.mix(seed=3, styles=12, first=1).tobytes() == two.tobytes()
    mixed = made.mix(seed=3, styles=12, first=3, last=4)
    assert mixed.tobytes() not in (one.tobytes(), two.tobytes())
    with torch.no_grad():
        styles = [theirs.mapping(torch.randn(5, generator=generator(seed)), 1.0) for seed in (3, 12)]
        wanted = theirs.synthesis([styles[0]] * 2 + [styles[1]] * 2 + [styles[0]] * 2) / 2 + 0.5
    assert np.abs(np.asarray(mixed) - to_pil(wanted.clamp(0, 1))[0]).max() <= 1
    assert made.mix(noise=1).tobytes() == made.mix(noise=1).tobytes() != made.mix(noise=2).tobytes()

    first, again = tmp_path / "first.png", tmp_path / "again.png"
    assert run("mix", "theirs", "--seed", 3, "--styles", 12, "--layers", "3-4", "--out", first)[0] == 0
    assert run("again", first, "--out", again)[0] == 0
    assert first.read_bytes() == again.read_bytes()
    for bad in ({"first": 7}, {"first": 0}, {"first": 4, "last": 3}, {"noise": -1}, {"styles": "x"}):
        with pytest.raises(UserError):
            made.mix(**bad)
    code, _, err = run("mix", "theirs", "--layers", "5", "--out", first)
    assert code == 2 and "like 5-8" in err


def test_nothing_of_a_file_is_run(tmp_path):
    (tmp_path / "here").mkdir()

    class Trap:
        def __reduce__(self):
            return (tmp_path / "here").rmdir, ()

    class Worse:
        def __reduce__(self):
            return eval, (f"__import__('os').rmdir({str(tmp_path / 'here')!r})",)

    theirs = Generator().eval()
    theirs.trap = Trap()
    read(write(tmp_path / "network.pkl", theirs, D=Worse(), more=[Worse()]))
    assert (tmp_path / "here").is_dir()


def change(theirs, kind):
    if kind == "class":
        theirs.mapping.embed = theirs.mapping.fc0
    elif kind == "resnet":
        del theirs.synthesis.b8.torgb
    elif kind == "filter":
        theirs.synthesis.b8.conv0.resample_filter = torch.ones(4, 4) / 16
    elif kind == "shape":
        theirs.synthesis.b8.conv1.bias = torch.nn.Parameter(torch.zeros(3))
    elif kind == "lost":
        theirs.synthesis.b8.conv1.weight = None


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("class", "draw by class"),
        ("resnet", "skip connections"),
        ("filter", "another filter"),
        ("shape", "of another make"),
        ("lost", "no weight where there should be one"),
    ],
)
def test_other_makes_are_a_sentence(tmp_path, kind, words):
    theirs = Generator().eval()
    change(theirs, kind)
    with pytest.raises(UserError, match=words):
        import_state(write(tmp_path / "network.pkl", theirs), "stylegan2", "theirs", {})
    assert checkpoints.available() == []


def test_bad_files_are_a_sentence(tmp_path):
    bad = tmp_path / "bad.pkl"
    for content in (b"", b"\x80\x04", b"no pickle at all", pickle.dumps([1, 2])):
        bad.write_bytes(content)
        with pytest.raises(UserError, match="damaged|holds no network"):
            read(bad)
    whole = write(tmp_path / "network.pkl", Generator().eval()).read_bytes()
    bad.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="damaged"):
        read(bad)
    with pytest.raises(UserError, match="holds no network G; it holds G_ema"):
        read(tmp_path / "network.pkl", "G")
    with pytest.raises(UserError, match="There is no file"):
        import_state(tmp_path / "none.pkl", "stylegan2", "theirs", {})
    with pytest.raises(UserError, match="leave --set out"):
        import_state(tmp_path / "network.pkl", "stylegan2", "theirs", {"clamp": 1})
    with pytest.raises(UserError, match="make pictures of"):
        StyleGAN2(image_size=64, widths=(8, 8))
