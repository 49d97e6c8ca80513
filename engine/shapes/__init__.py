"""Rows as Letta's JSON: one function a resource, field for field in the order of server 0.16.8."""
