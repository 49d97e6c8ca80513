"""What templates of subjects say in words."""
