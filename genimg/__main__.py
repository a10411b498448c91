"""`python -m genimg`."""

from genimg.cli import main

if __name__ == "__main__":
    main()
