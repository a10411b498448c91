import torch

from genimg.algorithms.directions import principal_components, principal_directions, step


def test_the_directions_of_a_linear_generator_are_its_axes():
    gains = torch.tensor([1.0, 5.0, 0.1, 3.0, 0.5, 0.2])

    def render(latents):
        return (latents * gains)[:, None, :, None]

    codes = torch.randn(4096, 6, generator=torch.Generator().manual_seed(0))
    directions, change = principal_directions(render, lambda z: z * gains, codes, count=3)
    # The strongest first, each along one axis and pointing to its positive side.
    assert torch.allclose(directions, torch.eye(6)[[1, 3, 0]], atol=0.05)
    assert torch.allclose(change, gains[[1, 3, 0]] / 6**0.5, rtol=0.05)
    assert torch.allclose(directions @ directions.T, torch.eye(3), atol=1e-5)


def test_the_components_of_latents_are_as_long_as_they_are_spread():
    spread = torch.tensor([1.0, 5.0, 0.1, 3.0, 0.5, 0.2])
    latents = torch.randn(4096, 6, generator=torch.Generator().manual_seed(0)) * spread + 7
    directions, lengths = principal_components(latents, count=3)
    assert torch.allclose(directions, (torch.eye(6) * spread)[[1, 3, 0]], atol=0.2)
    assert torch.allclose(lengths, spread[[1, 3, 0]], rtol=0.05)


def test_a_slider_goes_to_either_end_by_its_own_map():
    latents = torch.tensor([[3.0, 4.0]])
    gone = torch.tensor([[-1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])  # sets the first number to 0
    there = torch.tensor([[-1.0, 0.0], [0.0, 0.0], [7.0, 0.0]])  # sets it to 7
    moves = torch.stack([gone, there])
    assert (latents + step(latents, moves, -1)).tolist() == [[0.0, 4.0]]
    assert (latents + step(latents, moves, 1)).tolist() == [[7.0, 4.0]]
    assert (latents + step(latents, moves, 0.5)).tolist() == [[5.0, 4.0]]
    assert not step(latents, moves, 0).any()
