"""One service a feature: checks what came in, seeds, loads, runs; knows no page."""
