"""The text of a file. Run as a program of its own, because it reads what strangers made: `python -m subjects.extraction`.

The program reads the file from standard input, with its kind as the argument, within limits of time and memory, and
knows neither the database nor any secret. A fault in a parser, or a file made to exhaust one, ends it and nothing else.
Nothing here imports Django, and each library only when its kind of file comes.
"""

import csv
import io
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator

SECONDS = 60
MEMORY = 1024 * 1024 * 1024  # bytes of address space
MOST_UNPACKED = 100 * 1024 * 1024  # bytes of everything in a DOCX, which is a ZIP file
MOST_CHARACTERS = 10_000_000  # 500 parts of 20,000
UNREADABLE = 3
"""Exit status when the file is the reason; the sentence is on standard output."""

_NAMES = {"pdf": "a PDF", "docx": "a DOCX", "zip": "a ZIP", "text": "a text", "markdown": "a Markdown", "html": "an HTML"}
_NAMES["csv"] = "a CSV"
_DAMAGED = "The file is damaged: it cannot be read to its end."
_SKIPPED = ("script", "style", "noscript", "template", "svg", "title", "iframe", "object")
_BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li"
    " main nav ol p pre section table tbody tfoot thead tr ul caption option body".split()
)


class Unreadable(ValueError):
    """The file has no text to give; the message is a sentence for the person who gave it, without any of its text."""


def text_of(content: bytes, kind: str) -> str:
    """The text of a file of this kind (`documents.Document.Kind`), with clean line ends and no more than one blank line.

    Raises:
        Unreadable: it is protected, damaged, something else than its name says, or without text.
    """
    if not content.strip():
        raise Unreadable("The file is empty.")
    found = _looks_like(content)
    if found is not None and found != kind:
        raise Unreadable(f"The name says that this is {_NAMES[kind]} file, but it is {_NAMES[found]} file.")
    if kind in ("pdf", "docx") and found is None:
        raise Unreadable(f"The name says that this is {_NAMES[kind]} file, but it is none, or it is damaged.")
    text = _clean(_READERS[kind](content))
    if not text:
        raise Unreadable(
            "There is no text in this PDF. It may be scanned: run text recognition (OCR) on it first."
            if kind == "pdf"
            else "There is no text in this file."
        )
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(f"The file has {len(text):,} characters of text; {MOST_CHARACTERS:,} are the most. Split it.")
    return text


def _looks_like(content: bytes) -> str | None:
    """What the first bytes say; None for what may be any text."""
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return "docx" if "word/document.xml" in archive.namelist() else "zip"
        except (zipfile.BadZipFile, ValueError, OSError):
            return None
    return None


def _plain(content: bytes) -> str:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if b"\x00" in content:
        raise Unreadable("This is no text file: it contains binary data.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # what older Windows programs write


def _pdf(content: bytes) -> str:
    import logging

    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    logging.disable()  # it complains of every small fault in a file, and may quote it
    protected = "This PDF is protected with a password. Save it without one, and give that."
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(protected)
        return "\n\n".join(page.extract_text() for page in reader.pages)
    except (DependencyError, FileNotDecryptedError, NotImplementedError):
        raise Unreadable(protected) from None
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, OSError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(_DAMAGED) from None  # pypdf answers broken files with errors of every kind


def _docx(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
            raise Unreadable("Unpacked, this file is larger than 100 MB, which no document is. It was not opened.")
        if any(entry.flag_bits & 1 for entry in archive.infolist()):
            raise Unreadable("This DOCX is protected with a password. Save it without one, and give that.")
    from docx import Document
    from docx.table import Table

    try:
        lines: list[str] = []
        for item in Document(io.BytesIO(content)).iter_inner_content():
            if isinstance(item, Table):
                lines += [" | ".join(_cells(row.cells)) for row in item.rows]
            else:
                lines += [item.text, ""]
        return "\n".join(lines)
    except Exception:  # python-docx lets through whatever zipfile, lxml and a missing part raise
        raise Unreadable(_DAMAGED) from None


def _cells(cells: object) -> Iterator[str]:
    """The texts of a row; a merged cell, which comes once for each column, only once."""
    last: object = None
    for cell in cells:  # type: ignore[attr-defined]
        if cell._tc is not last:
            yield " ".join(cell.text.split())
        last = cell._tc


def _html(content: bytes) -> str:
    from lxml import etree, html

    encoding: str | None
    try:
        content.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = None  # as its own meta element says
    parser = html.HTMLParser(encoding=encoding, huge_tree=True)  # else what lies deep is left out without a word
    try:
        root = html.document_fromstring(content, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return ""
    if any("depth" in entry.message for entry in parser.error_log):
        raise Unreadable("The elements of this HTML file are nested too deeply to be read to the end. Save it as text.")
    for element in list(root.iter(*_SKIPPED, etree.Comment, etree.ProcessingInstruction)):
        element.drop_tree() if element.getparent() is not None else None
    pieces: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element.tag in _BLOCKS:
            pieces.append("\n\n" if element.tag in ("p", "h1", "h2", "h3", "h4") else "\n")
        elif element.tag in ("td", "th") and event == "end":
            pieces.append(" ")
        text = element.text if event == "start" else element.tail
        pieces.append(re.sub(r"\s+", " ", text or ""))
        if event == "start" and element.tag == "li":
            pieces.insert(-1, "- ")
    return "".join(pieces)


def _csv(content: bytes) -> str:
    text = _plain(content)
    csv.field_size_limit(MOST_CHARACTERS)
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:8192], ",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), dialect) if any(row)]
    except csv.Error:
        raise Unreadable("The file is no proper CSV: a quotation mark is opened and not closed.") from None
    heads, *others = rows or [[]]
    named = len(set(heads)) == len(heads) > 1 and all(head and not head[0].isdigit() for head in heads)
    if not named or not others:
        return "\n".join(", ".join(cell for cell in row if cell) for row in rows)
    # A part of the file must be understood without its first line.
    return "\n".join(", ".join(f"{head}: {cell}" for head, cell in zip(heads, row, strict=False) if cell) for row in others)


_READERS: dict[str, Callable[[bytes], str]] = {
    "text": _plain,
    "markdown": _plain,
    "pdf": _pdf,
    "docx": _docx,
    "html": _html,
    "csv": _csv,
}


def _clean(text: str) -> str:
    text = text.encode("utf-8", "ignore").decode("utf-8").replace("\x00", "")
    text = "\n".join(line.rstrip() for line in re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def main() -> int:
    """Standard input, of the kind in the first argument, to text on standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        text, status = text_of(sys.stdin.buffer.read(), sys.argv[1]), 0
    except Unreadable as error:
        text, status = str(error), UNREADABLE
    except (MemoryError, RecursionError):
        text, status = "The file needs more memory to be read than any document should. It was not read.", UNREADABLE
    sys.stdout.buffer.write(text.encode())
    return status


if __name__ == "__main__":
    sys.exit(main())
