"""Tests of the SDK: its pure parts without a network, its calls over HTTP against a live server."""
