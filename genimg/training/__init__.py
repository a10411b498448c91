"""The loop, the recipes and the measuring of what they made."""
