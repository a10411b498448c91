"""Pictures to learn from: drawn avatars, torchvision's sets, folders."""
