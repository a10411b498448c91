"""Hostile requests and odd files, drawn by chance from a seed, and what the server makes of them."""
