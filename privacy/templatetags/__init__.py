"""What templates of the privacy desk say in words."""
