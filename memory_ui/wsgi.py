"""The web server's entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memory_ui.settings")
application = get_wsgi_application()
resolve("/")  # the views are loaded by the first address that is looked up: now, and not when somebody waits for it

# What is loaded now stays for good: the collector need not walk over it again and again in the middle of a page, nor look
# for cycles after every 700 objects, which one list is made of ten times over.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
