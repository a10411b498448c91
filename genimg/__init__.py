"""genimg: an image-generation studio and classroom in the browser.

Layers, each importing only what stands to its right:
app, ui, cli > studio > training > checkpoints, data > models | algorithms > nn > core.
"""
