"""What must not stand in a log although Django writes it there: addresses that let their reader in."""

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
