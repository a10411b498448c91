"""One tab a file, named after the studio service behind it."""
