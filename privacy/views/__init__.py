"""The pages of the privacy desk."""
