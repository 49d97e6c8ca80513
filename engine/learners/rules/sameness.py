"""When two values are the same fact: things despite articles and plurals, numbers despite prefixes."""

import re

MIN_FREE_TEXT = 4


def thing(value: str) -> frozenset[str]:
    words = re.findall(r"[a-z0-9]+", value.lower())
    return frozenset(
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in words
        if word not in ("a", "an", "the", "my", "named", "called", "one")
    )


def starts_with(whole: str, part: str) -> bool:
    return bool(re.match(re.escape(part) + r"(?!\w)", whole, re.IGNORECASE))


def same_ending(old: str, new: str) -> bool:
    """Whether two numbers differ only in a prefix: +31 6 … and 06 …, or the last four digits of a longer one."""
    short, long = sorted((old.lstrip("0"), new.lstrip("0")), key=len)
    return len(short) >= MIN_FREE_TEXT and long.endswith(short) and (len(new) <= len(old) or len(short) > MIN_FREE_TEXT + 2)


def digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
