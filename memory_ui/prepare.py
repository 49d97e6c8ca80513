"""Makes the database ready: starts the embedded Postgres unless DATABASE_URL names another, migrates, loads the demo data.

A process of its own, so that the supervisor of `make run` need not keep Django in memory. Postgres stays up afterwards.
"""

import os
import sys
from pathlib import Path

from memory_ui import embedded_postgres, environment


def main() -> None:
    database_url = environment.text("DATABASE_URL")
    if not database_url:
        embedded_postgres.start(environment.folder("DATA_DIR", Path(__file__).parent.parent / ".data"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memory_ui.settings")
    import django
    from django.core.management import call_command
    from django.db import Error

    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_demo", when_empty=True)
    except Error as error:
        which = "named by DATABASE_URL" if database_url else "embedded in DATA_DIR"
        sys.exit(f"The database {which} could not be made ready: {str(error).strip()}")


if __name__ == "__main__":
    main()
