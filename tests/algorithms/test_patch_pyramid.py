import pytest
import torch

from genimg.algorithms import patch_pyramid as patches
from genimg.core.images import resize
from genimg.core.runtime import generator


@pytest.fixture(scope="module")
def picture():
    """A disc before stripes, with a little noise, so that no two patches are the same."""
    rows, columns = torch.meshgrid(torch.linspace(0, 1, 60), torch.linspace(0, 1, 80), indexing="ij")
    disc = ((rows - 0.5) ** 2 + (columns - 0.4) ** 2 < 0.05).float()
    base = torch.stack((disc, 0.5 + 0.4 * torch.sin(40 * columns), rows))
    return (base + 0.02 * torch.randn(base.shape, generator=generator(0)))[None].clamp(0, 1)


def last(steps):
    *_, step = steps
    return step.image


def test_a_picture_is_made_of_itself_without_loss(picture):
    for tile in (False, True):
        own = patches.Source(picture).see(picture)
        field = patches._nearest(own, own, 1e9)
        assert torch.equal(field[0], torch.arange(54)[:, None].expand(54, 74))
        if not tile:
            assert (patches._vote(picture, field, tile=False) - picture).abs().max() < 1e-5


def test_all_pairs_are_compared_as_in_the_paper(picture):
    query, keys = patches.Source(picture[..., :12, :14]), patches.Source(picture)
    wanted = keys.see(query.image)
    far = torch.cdist(wanted.flatten(0, 1), keys.keys.flatten(0, 1)).square()
    soft = 0.1 * keys.keys.flatten(0, 1).var(0).sum() + 1e-9
    scores = far / (soft + far.amin(0))
    found = patches._nearest(wanted, keys.keys, 0.1)
    assert torch.equal((found[0] * keys.keys.shape[1] + found[1]).flatten(), scores.argmin(1))


def test_the_search_never_makes_a_field_worse_and_finds_nearly_the_best(picture):
    source = patches.Source(picture)
    query = source.see(picture.flip(-1))

    def cost(field):
        return (source.keys[field[0], field[1]] - query).square().sum(-1)

    random = generator(1)
    field = torch.stack([torch.randint(0, side, query.shape[:2], generator=random) for side in query.shape[:2]])
    begin, costs = cost(field).mean(), [cost(field)]
    for _ in range(6):
        field = patches._improved(field, query, source.keys, random, tile=False)
        costs.append(cost(field))
        assert (costs[-1] <= costs[-2] + 1e-6).all()
    best = cost(patches._nearest(query, source.keys, 1e9)).mean()
    assert costs[-1].mean() - best < 0.05 * (begin - best)


def test_what_moves_along_proposes_the_place_beside_its_own():
    field = torch.stack(torch.meshgrid(torch.arange(5), torch.arange(6), indexing="ij")) + 10
    for axis in (1, 2):
        for step in (1, -2):
            assert torch.equal(patches._moved(field, axis, step, tile=False), field)  # a shift is the same everywhere


def test_a_field_grows_with_the_picture():
    still = torch.stack(torch.meshgrid(torch.arange(9), torch.arange(12), indexing="ij"))
    assert torch.equal(
        patches._finer(still, (18, 24), (18, 24)),
        torch.stack(torch.meshgrid(torch.arange(18), torch.arange(24), indexing="ij")),
    )
    aside = still + torch.tensor([0, 3]).view(2, 1, 1)
    fine = patches._finer(aside, (18, 40), (18, 24))
    assert torch.equal(fine[1], (torch.arange(24) + 6).expand(18, 24))


def test_from_its_own_layout_the_picture_comes_back(picture):
    made = last(patches.rearrange(picture, resize(picture, (30, 40)), (60, 80)))
    assert made.shape == picture.shape and (made - picture).abs().mean() < 0.02


def test_another_one_is_another_by_the_same_seed_the_same_and_has_the_same_colours(picture):
    coarse = resize(picture, (28, 37))
    assert torch.allclose(patches.varied(coarse, bend=0, noise=0, seed=1), coarse, atol=1e-5)

    def another(seed):
        start = patches.varied(coarse, bend=0.2, noise=0.6, seed=seed)
        return last(patches.rearrange(picture, start, (60, 80), seed=seed))

    one, two = another(1), another(2)
    assert torch.equal(one, another(1))
    assert (one - two).abs().mean() > 0.03 and (one - picture).abs().mean() > 0.03
    assert (one.mean((2, 3)) - picture.mean((2, 3))).abs().max() < 0.15
    assert one.amin() >= 0 and one.amax() <= 1


def test_another_shape_repeats_stripes_and_does_not_stretch_them():
    columns = torch.arange(64).float()
    stripes = (0.5 + 0.5 * torch.sin(columns * 2 * torch.pi / 8)).expand(1, 3, 40, 64).contiguous()
    wide = last(patches.rearrange(stripes, patches.reshaped(stripes, (40, 128)), (40, 128)))
    spectrum = torch.fft.rfft(wide[0, 0, 20] - wide.mean()).abs()
    assert wide.shape == (1, 3, 40, 128) and abs(int(spectrum.argmax()) - 128 // 8) <= 1


def test_a_tile_repeats_without_a_seam(picture):
    made = last(patches.rearrange(picture, resize(picture, (28, 37)), (60, 80), tile=True))
    inner = (made[..., 1:] - made[..., :-1]).abs().mean()
    seam = (made[..., 0] - made[..., -1]).abs().mean()
    assert made.shape == picture.shape and seam < 3 * inner
    assert (picture[..., 0] - picture[..., -1]).abs().mean() > 0.1


def test_sizes_go_from_coarse_to_fine(picture):
    steps = list(patches.rearrange(picture, resize(picture, (28, 37)), (60, 80)))
    assert [step.index for step in steps] == list(range(1, len(steps) + 1)) and steps[-1].total == len(steps)
    widths = [step.metrics["size"] for step in steps]
    assert widths == sorted(widths) and widths[-1] == 80
    assert patches.scales_from(28, (28, 90)) == [1.0]
