"""Sync: our copy against a Letta that other programs use, too."""
