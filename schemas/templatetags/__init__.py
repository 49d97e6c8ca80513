"""What other apps' pages show of templates."""
