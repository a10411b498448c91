import torch

from genimg.algorithms.directions import attribute_directions, linear_probe, principal_directions


def test_the_directions_of_a_linear_generator_are_its_axes():
    gains = torch.tensor([1.0, 5.0, 0.1, 3.0, 0.5, 0.2])

    def render(latents):
        return (latents * gains)[:, None, :, None]

    directions, change = principal_directions(
        render, lambda z: z * gains, latent_dim=6, count=3, device=torch.device("cpu")
    )
    # The strongest first, each along one axis and pointing to its positive side.
    assert torch.allclose(directions, torch.eye(6)[[1, 3, 0]], atol=0.05)
    assert torch.allclose(change, gains[[1, 3, 0]] / 6**0.5, rtol=0.05)
    assert torch.allclose(directions @ directions.T, torch.eye(3), atol=1e-5)


def test_attributes_of_a_linear_generator_are_found_on_its_axes():
    def render(latents):
        return latents.view(-1, 1, 2, 4).repeat_interleave(2, 2).repeat_interleave(2, 3)

    pictures = render(torch.randn(500, 8))
    labels = torch.stack([pictures[:, 0, 0, 0] > 0, pictures[:, 0, 2, 6] > 1], dim=1)
    probe = linear_probe(pictures, labels, ridge=1e-3)
    directions, agreement = attribute_directions(render, torch.randn(2000, 8), probe)
    assert directions[0, 0] > 0.95 and directions[1, 7] > 0.95
    assert agreement.min() > 0.99  # this generator is a straight line


def test_an_attribute_that_latents_do_not_hold_does_not_agree():
    latents, scores = torch.randn(2000, 8), torch.randn(2000, 1)
    given = iter(scores.split(200))
    _, agreement = attribute_directions(lambda z: z, latents, lambda _: next(given))
    assert agreement.item() < 0.05
