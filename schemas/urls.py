"""Addresses of block templates, shared blocks and rollouts."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
