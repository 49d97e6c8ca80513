"""What can be learned: one fact about the customer, of a kind, as a value that is ready to be written."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of fact, in the order in which a block lists them and gives them room."""

    NAME = "Name"
    EMAIL = "E-mail"
    PHONE = "Phone"
    CITY = "Lives in"
    ADDRESS = "Address"
    COMPANY = "Works at"
    JOB = "Works as"
    NUMBER = "Number"
    OWNS = "Owns"
    LIKES = "Likes"
    DISLIKES = "Dislikes"
    PREFERS = "Prefers"
    IS = "Is"
    ALLERGY = "Allergic to"
    REQUEST = "Request"


TASTES = (Kind.LIKES, Kind.DISLIKES, Kind.PREFERS, Kind.IS, Kind.ALLERGY, Kind.OWNS)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the customer said of themselves."""

    kind: Kind
    value: str
    label: str = ""
    """for NUMBER: what the number is of, "Account number" or "Order\""""
    corrects: bool = False
    """the customer took an earlier value back: it replaces, never stands beside"""
    gone: bool = False
    """it is no longer so ("I sold my car")"""
    before: str = ""
    """what it was before, when the customer said so ("moved from Leiden")"""
    partial: str = ""
    """for NAME: "first" or "last" when only that part was given"""
    sure: bool = True
    """False for what was inferred from position alone; it never replaces what is known"""
