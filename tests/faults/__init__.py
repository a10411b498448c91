"""What can happen to a training or a long job from outside, done to real processes for as long as one likes."""
