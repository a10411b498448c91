"""The ground: images, devices, seeds, steps and errors. Knows nothing of models or pages."""
