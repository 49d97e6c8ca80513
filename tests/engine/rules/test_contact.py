"""Phone numbers and e-mail addresses are found as typed and as spoken, and only the customer's own."""

import pytest

from .memory import learned, line_of, lines, turns, user_blocks

PHONES = [
    (("my phone number is 555-123-4567",), "555-123-4567"),
    (("My number is (415) 555 0132, call me any time.",), "(415) 555 0132"),
    (("you can reach me at +31 6 1234 5678",), "+31 6 1234 5678"),
    (("call me on 07700 900123",), "07700 900123"),
    (("mobile: 0612345678",), "0612345678"),
    (("my cell is 4155550132 and my order is late",), "4155550132"),
    (("phone number is five five five one two three four five six seven",), "5551234567"),
    (("it's double five five, one two three, oh nine eight seven, my phone that is",), "5551230987"),
    (("my phone is double five five one two three oh nine eight seven",), "5551230987"),
    (("my telephone number is one eight hundred five five five zero one nine nine",), "18005550199"),
    (("my number is 4 1 5 5 5 5 0 1 3 2",), "4155550132"),
    (("> What is your phone number?", "sure, 555 0132 is the one"), "555 0132"),
    (("> Could I have a number where we can reach you?", "9811720436"), "9811720436"),
    (("> And your contact number?", "it's 98117 20436"), "98117 20436"),
    (("> What is the best number to call you back on?", "nine eight one one seven two zero four three six"), "9811720436"),
    (("hi", "i need my gym card", "tilda 9811720436", "ok"), "9811720436"),
    (("my screen is cracked", "orla quinn", "731 6204418"), "731 6204418"),
    (("Please text me on +1 (212) 555-0187.",), "+1 (212) 555-0187"),
    (("My new phone number is 020 7946 0958",), "020 7946 0958"),
    (("Please fix my bill. Kind regards,\nHelmut Krause\n+49 89 123456",), "+49 89 123456"),
    (("i want a cake", "tilda 12 harbour lane 30417 4155550132"), "4155550132"),
    (("i want a cake", "no 45 harbour road 30417 4155550132"), "4155550132"),
    (("i want a cake", "200 harbour avenue salem or 97301 1 4155550132"), "1 4155550132"),
    (("i want a cake", "9811720436 and tilda 45 harbour street 63610"), "9811720436"),
    (("i want a cake", "harbour street", "98117204"), "98117204"),
    (("i want a cake", "tilda 12 harbour lane 304170113 ph 4155550132"), "4155550132"),
    (("my phone number is 4155550132 ext 58",), "4155550132 x58"),
    (("hi", "my screen is cracked", "orla quinn", "orla 7 gmailcom", "266104377"), "266104377"),
    (("You already have my number. It's the same as before: 0412 555 019.",), "0412 555 019"),
]


@pytest.mark.parametrize(("said", "phone"), PHONES)
def test_phone_numbers(said: tuple[str, ...], phone: str) -> None:
    assert line_of("Phone", *said) == phone


NO_PHONES = [
    ("my account number is 4155550132",),
    ("order number 4417220913 is late",),
    ("my policy number is 4410604170",),
    ("tracking number 1234567890",),
    ("> What is your account number?", "4155550132"),
    ("> Please give me the last four digits of your social security number.", "4471"),
    ("> Your booking reference, please?", "9811720436"),
    ("> Your password?", "9331470265"),
    ("my card number is 4111 1111 1111 1111",),
    ("my ssn is 123-45-6789",),
    ("I flew on 2026-11-20",),
    ("my wife's phone number is 555-123-4567",),
    ("call my husband on 555-123-4567",),
    ("his number is 5551234567",),
    ("your number is 0800 123 4567, right?",),
    ("I called 0800 123 4567 and nobody answered",),
    ("I got a call from 555-123-4567 yesterday",),
    ("I paid 1234567 dollars",),
    ("serial number is 5551234567",),
    ("i want one ticket for two people on three may",),
    ("> What is the recipient's phone number?", "5551234567"),
    ("Emergency contact: Bob Ray, 555-010-0222",),
    ("my old number was 555-0100",),
    ("check my account balance", "orla quinn", "9811720436"),
    ("transfer money to my savings", "orla quinn", "9811720436"),
    ("i want the status of my claim", "orla quinn", "qrx 9811720436"),
    ("hello", "it was on 3 rd may 2026 0915 220"),
    ("i want a cake", "45 harbour street 63610"),
]


@pytest.mark.parametrize("said", NO_PHONES)
def test_what_is_no_phone_number_of_the_customer(said: tuple[str, ...]) -> None:
    assert line_of("Phone", *said) == ""


EMAILS = [
    (("my email is sarah.okafor@example.com",), "sarah.okafor@example.com"),
    (("Please send it to Tom.Baker+shop@Mail.Example.org.",), "tom.baker+shop@mail.example.org"),
    (("john dot smith at gmail dot com",), "john.smith@gmail.com"),
    (("my email is j o h n at example dot com",), "john@example.com"),
    (("it's mary underscore jones forty two at yahoo dot co dot uk",), "mary_jones42@yahoo.co.uk"),
    (("send it to lee dash park 7 at hotmail dot com please",), "lee-park7@hotmail.com"),
    (("> What is your e-mail address?", "sure, it's okoye at outlook dot com"), "okoye@outlook.com"),
    (("> Your email please?", "bella.rossi@example.it"), "bella.rossi@example.it"),
    (("i need a parking permit", "tildagmailcom"), "tilda@gmail.com"),
    (("please send it to gorav 45 yahoocom",), "gorav45@yahoo.com"),
    (("my mail id is oquinn 7 rediffmailcom",), "oquinn7@rediffmail.com"),
    (("my screen is cracked", "6411907325 tildagmailcom"), "tilda@gmail.com"),
    (("My old email is gone; the new one is k.bishop@example.com.",), "k.bishop@example.com"),
    (("e-mail: hilde@example.de, phone: 0301234567",), "hilde@example.de"),
]


@pytest.mark.parametrize(("said", "email"), EMAILS)
def test_email_addresses(said: tuple[str, ...], email: str) -> None:
    assert line_of("E-mail", *said) == email


NO_EMAILS = [
    ("I wrote to support@example.com last week and nobody answered me at all",),
    ("I got an email from noreply@bank.example saying my account is closed",),
    ("my wife's email is ann@example.com",),
    ("her email is ann@example.com",),
    ("your address support@example.com does not work for me",),
    ("i was at home dot com was down",),
    ("meet me at noon",),
    ("> What is your husband's e-mail?", "bob@example.com"),
]


@pytest.mark.parametrize("said", NO_EMAILS)
def test_what_is_no_email_address_of_the_customer(said: tuple[str, ...]) -> None:
    assert line_of("E-mail", *said) == ""


def test_two_numbers_given_together_stand_side_by_side() -> None:
    assert line_of("Phone", "my mobile is 0612345678", "my work phone is 0203334444") == "0612345678, 0203334444"


def test_a_corrected_number_replaces_the_first() -> None:
    assert line_of("Phone", "my phone is 0612345678", "sorry, my phone is 0612345679") == "0612345679"
    assert line_of("E-mail", "my email is tom@example.com", "sorry it is tim@example.com") == "tim@example.com"


def test_a_new_number_replaces_the_one_in_memory() -> None:
    blocks = user_blocks("Name: Sarah Okafor\nPhone: 0612345678\nLikes tea")
    assert (
        learned(turns("I have a new phone number, my number is 0687660417"), blocks)["human"]
        == "Name: Sarah Okafor\nPhone: 0687660417\nLikes tea"
    )


@pytest.mark.parametrize("known", ["Phone: 06-1234 5678", "- Phone: +31 6 1234 5678", "She can be reached at 06 12345678."])
def test_the_same_number_again_changes_nothing(known: str) -> None:
    blocks = user_blocks(known)
    assert learned(turns("my phone number is 06 1234 5678"), blocks)["human"] == known


def test_no_secret_is_learned() -> None:
    said = [
        "my password is hunter22",
        "the pin is 4471",
        "my ssn is 123 45 6789",
        "card number 4111 1111 1111 1111 cvv 123",
        "> Please verify your identity with the last four digits of your social security number.",
        "it's 6789",
        "> And your password?",
        "w 5 t 9 q 2",
        "> Your date of birth?",
        "03 04 1980",
    ]
    assert lines(*said) == [""]
