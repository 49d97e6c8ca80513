"""Subject ids as people paste and upload them."""

import csv
import io
import re

from django.core.files.uploadedfile import UploadedFile

HEADINGS = ("id", "subject_id", "subject id")
SEPARATORS = re.compile(r"[\r\n,;\t]+")


def ids_in(text: str, file: "UploadedFile[bytes] | None" = None) -> list[str]:
    """The ids in a pasted list (one a line, or apart by commas, semicolons or tabs) and in a CSV file's first column.

    A heading in the first place is left out, and so is what stands twice.

    Raises:
        UnicodeDecodeError: the file is not UTF-8.
    """
    found = [one.strip() for one in SEPARATORS.split(text)]
    if file is not None:
        content = file.read().decode("utf-8-sig")
        delimiter = ";" if content.partition("\n")[0].count(";") else ","
        # Our own CSV puts an apostrophe before what a spreadsheet would run.
        column = [row[0].strip() for row in csv.reader(io.StringIO(content), delimiter=delimiter) if row]
        if column and column[0].lower() in HEADINGS:
            del column[0]
        found += [one[1:] if one[:1] == "'" and one[1:2] in "=+-@" else one for one in column]
    return list(dict.fromkeys(one for one in found if one))
