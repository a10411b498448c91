"""`python -m genimg`."""

import os

# As in app.py: waiting threads give their core back. Read when torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from genimg.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
