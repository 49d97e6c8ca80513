"""Block schemas, templates and rollouts."""

from django.apps import AppConfig


class SchemasConfig(AppConfig):
    name = "schemas"
