"""What must not stand in a log: addresses that let their reader in, and the words of exceptions, which quote memory."""

import logging
import re

_SECRET = re.compile(r"(/accounts/(?:invitations|password/reset/key)/)[^\s/?]+")


class WithoutSecrets(logging.Filter):
    """Shortens links of invitations and of new passwords: Django logs the address of every request it refuses."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without what its addresses give away."""
        text = record.getMessage()
        if _SECRET.search(text):
            record.msg, record.args = _SECRET.sub(r"\1…", text), ()
        return True


def without_words(error: BaseException) -> str:
    """The kind of an exception nobody foresaw and where it was raised: its own words may hold somebody's memory."""
    where = error.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    place = f"{where.tb_frame.f_code.co_qualname} line {where.tb_lineno}" if where else "an unknown place"
    return f"{type(error).__name__} in {place}"
