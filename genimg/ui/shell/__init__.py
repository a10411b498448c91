"""What stands between Gradio and the tabs: the door for requests, the sentences, the cache, what a person does."""
