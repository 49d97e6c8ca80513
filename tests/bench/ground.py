"""The ground of the tests for programs that are none: importing this makes the database, before Django reads settings."""

from tests import ground

ground.lay_for_one()
