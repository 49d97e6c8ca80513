"""Postgres as pages ask it: Django's backend, with what every query and every request goes through made cheaper."""
