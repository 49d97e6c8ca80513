"""Letta's REST API, resource by resource."""
