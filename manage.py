#!/usr/bin/env python
"""Django's command line. With no DATABASE_URL it uses the embedded Postgres, and starts it if it is not running."""

import os
import sys

# These read code, not data: they must work where no database can be started.
WITHOUT_DATABASE = {"help", "version", "check", "collectstatic", "makemigrations", "run"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memory_ui.settings")
    command = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), "help")
    if command not in WITHOUT_DATABASE and "--help" not in sys.argv:
        from memory_ui import embedded_postgres

        embedded_postgres.use_for_this_process()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
