"""Layers, losses and frozen features that models and methods share."""
