"""Tests of teaching: learning from files, and tidying up what was learned."""
