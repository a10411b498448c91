"""The page: Gradio Blocks over the studio's services."""
