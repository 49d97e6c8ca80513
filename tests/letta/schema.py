"""Makes Letta's tables in an empty database. Runs inside Letta's own environment, as a program: the wheel has no
migrations, so the tables are made from its models, with the one thing models cannot say: the message sequence."""
# mypy: disable-error-code="import-not-found"

import asyncio
import sys

import letta.orm
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine

SEQUENCE = (
    "create sequence message_seq_id",
    "alter table messages alter sequence_id set default nextval('message_seq_id')",
)


async def make(uri: str) -> None:
    """Create every table of Letta's ORM in the database behind `uri`."""
    engine = create_async_engine(uri)
    async with engine.begin() as connection:
        await connection.run_sync(letta.orm.Base.metadata.create_all)
        for statement in SEQUENCE:
            await connection.execute(sqlalchemy.text(statement))
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(make(sys.argv[1].replace("postgresql://", "postgresql+asyncpg://") + "?ssl=disable"))
