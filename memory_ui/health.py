"""Whether pages answer, asked as a browser would: for `make run`, and as `python -m memory_ui.health` for containers."""

import http.client
import sys

from memory_ui import environment

# The second needs the database, templates and static files; the first tells when the database is gone.
PAGES = ("/up", "/accounts/login/")
TIMEOUT = 10  # seconds


def pages_answer(address: str, port: int) -> bool:
    """Whether every one of PAGES answers 200 on this machine's `address`."""
    host = environment.words("ALLOWED_HOSTS", ["localhost"])[0]
    https = (environment.text("PUBLIC_URL") or "").startswith("https://")
    headers = {
        "Host": address if host == "*" else host.lstrip("."),
        "X-Forwarded-Proto": "https" if https else "http",  # else the answer is: come back over https
    }
    return all(_status(address, port, page, headers) == 200 for page in PAGES)


def _status(address: str, port: int, page: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(address, port, timeout=TIMEOUT)
    try:
        connection.request("GET", page, headers=headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if pages_answer("127.0.0.1", environment.integer("PORT", 8000)) else "The pages do not answer.")
