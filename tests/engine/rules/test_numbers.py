"""Account, order, booking, policy and claim numbers are found where they are announced or asked for."""

import pytest

from .memory import learned, line_of, lines, turns, user_blocks

DAY = "(2026-11-20)"

NUMBERS = [
    (("my account number is 4622",), "Account number: 4622"),
    (("name joyce acc no 3381",), "Account number: 3381"),
    (("Account #AB-778812 is blocked",), "Account number: AB-778812"),
    (("my savings account number is 1234 5678 90",), "Savings account number: 1234567890"),
    (("the last four digits of my account number are 7715",), "Account number: ending in 7715"),
    (("my order number is 5 5 2 1 9",), f"Order: 55219 {DAY}"),
    (("Order #10042 has not arrived",), f"Order: 10042 {DAY}"),
    (("where is order 778812?",), f"Order: 778812 {DAY}"),
    (("my booking number is k 2 w 8 b 5",), f"Booking number: K2W8B5 {DAY}"),
    (("confirmation number wix 418",), f"Booking number: WIX418 {DAY}"),
    (("my booking reference is m four k two u nine",), f"Booking number: M4K2U9 {DAY}"),
    (("policy number is dvl 640117728",), "Policy number: DVL640117728"),
    (("my claim number is tbr 604",), f"Claim number: TBR604 {DAY}"),
    (("my membership number is 99 4471 22",), "Member number: 99447122"),
    (("I am writing to you regarding invoice number INV-2291",), f"Invoice number: INV-2291 {DAY}"),
    (("My husband and I booked a cruise (booking ref QX7781)",), f"Booking number: QX7781 {DAY}"),
    (("customer number: C-20417",), "Customer number: C-20417"),
    (("> Could you give me your account number?", "sure, it's 4417 8820"), "Account number: 44178820"),
    (("> What is your booking number?", "hb 6137"), f"Booking number: HB6137 {DAY}"),
    (("> Please provide your policy number.", "olw 220418835"), "Policy number: OLW220418835"),
    (("ssn 4410 and ac 5520",), "Account number: 5520"),
    (("8820417 is my account number",), "Account number: 8820417"),
    (("conformation numbr is r 7 cd 44",), f"Booking number: R7CD44 {DAY}"),
    (("hi", "i want an aisle seat", "tilda", "rr 45 n 5"), f"Booking number: RR45N5 {DAY}"),
    (("hi", "i still lack the boarding pass", "tilda and qx 71 b 9", "ok"), f"Booking number: QX71B9 {DAY}"),
    (("my claim number was 731, please change my claim number from 731 to 713",), f"Claim number: 713 {DAY}"),
]


@pytest.mark.parametrize(("said", "line"), NUMBERS)
def test_numbers(said: tuple[str, ...], line: str) -> None:
    assert line in lines(*said)


def test_two_numbers_asked_for_are_told_apart_by_their_order() -> None:
    found = lines("> Please give me your policy number and claim number.", "olw 220418835 and gmo 418")
    assert found == ["Policy number: OLW220418835", f"Claim number: GMO418 {DAY}"]


NOTHING = [
    ("my order arrived 2 weeks ago",),
    ("I placed 3 orders",),
    ("please transfer 500 dollars to account number 99887766",),
    ("her account number is 4622",),
    ("my wife's account number is 4622",),
    ("the account is locked since 2024",),
    ("> What are the last four digits of your card?", "4471"),
    ("i want to book 2 tickets",),
    ("4471",),
    ("my booking is for 12 people",),
    ("I want to order 1500 flyers",),
    ("i want to claim 450 for the hotel",),
    ("i want to change my seat", "i would like 12 c"),
    ("i want to change my seat", "we fly in april 2026"),
    ("i want to change my seat", "tilda 22 gmailcom"),
    ("my internet is slow", "tilda 4471"),
    ("please transfer 50 to account 99887766",),
]


@pytest.mark.parametrize("said", NOTHING)
def test_what_is_no_number_of_the_customer(said: tuple[str, ...]) -> None:
    assert not [line for line in lines(*said) if "umber" in line or line.startswith("Order")]


def test_orders_stand_beside_each_other_and_none_twice() -> None:
    blocks = user_blocks("Order: 10042 (2026-10-01)")
    assert (
        learned(turns("order number 10042 came, but order number 10043 did not"), blocks)["human"]
        == f"Order: 10042 (2026-10-01)\nOrder: 10043 {DAY}"
    )


def test_an_account_number_is_replaced() -> None:
    blocks = user_blocks("Name: Bo\nAccount number: 4622")
    assert learned(turns("my new account number is 9921"), blocks)["human"] == "Name: Bo\nAccount number: 9921"
    assert line_of("Account number", "my account number is 4622", "sorry, my account number is 4623") == "4623"
