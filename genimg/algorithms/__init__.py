"""One method a file, over tensors; networks are passed in as arguments."""
