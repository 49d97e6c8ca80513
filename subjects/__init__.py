"""Subjects: browse what is remembered, give conversations to learn from, correct."""
