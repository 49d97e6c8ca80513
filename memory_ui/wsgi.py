"""The web server's entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memory_ui.settings")
application = get_wsgi_application()

# What is loaded now stays for good: the collector need not walk over it again and again in the middle of a page, nor look
# for cycles after every 700 objects, which one list is made of ten times over.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
