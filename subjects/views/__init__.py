"""The pages of subjects, a module per noun."""
