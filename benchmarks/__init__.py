"""How fast genimg is beside something everybody knows: `python -m benchmarks [NAME ...] [--quick]`."""
