"""The page: Gradio Blocks over the studio's services."""

from genimg.core import places

places.uploads()  # before gradio is imported, which looks for such a folder then
