"""What the customer asked for is retold in the third person and reads as a sentence, not as a pasted transcript."""

import pytest

from .memory import learned, turns, user_blocks

TOLD = [
    # wishes
    ("i wants to change my plan", "asked to change their plan"),
    ("I'd like to cancel my subscription please", "asked to cancel their subscription"),
    ("hi i need a parking permit", "asked for a parking permit"),
    ("i need parking permit", "asked for a parking permit"),
    ("I want to know the state of my claim", "asked about the state of their claim"),
    ("i need to know when my card will arrive", "asked when their card will arrive"),
    ("I am looking for a cheaper plan", "asked for a cheaper plan"),
    ("I need help with my router", "asked for help with their router"),
    ("need a copy of my insurance", "asked for a copy of their insurance"),
    ("I'm calling to report a lost card", "asked to report a lost card"),
    ("I would like to speak to a manager", "asked to speak to a manager"),
    ("we want to book a table for four people", "asked to book a table for four people"),
    ("hi there i wanna know if my refund has been processed", "asked if their refund has been processed"),
    ("i want travel insurance", "asked for travel insurance"),
    ("I'm calling about my bill, it's far too high", "asked about their bill"),
    ("we'd like to cancel", "asked to cancel"),
    ("i would like to request for my insured phone", "asked for their insured phone"),
    ("Can you tell me what my current balance is?", "asked what their current balance is"),
    # orders to the assistant
    ("Can you send me my invoice?", "asked for their invoice"),
    ("could you please check my balance", "asked to check their balance"),
    ("please cancel my order", "asked to cancel their order"),
    ("check my meter reading", "asked to check their meter reading"),
    ("Could you help me reset my password?", "asked to reset their password"),
    ("can you tell me when my order ships?", "asked when their order ships"),
    ("please help me with my bill", "asked for help with their bill"),
    ("Please call me back", "asked for a call back"),
    ("sam please tell me my seat number", "asked about their seat number"),
    # questions
    ("Where is my order?", "asked where their order is"),
    ("when will my refund arrive?", "asked when their refund will arrive"),
    ("How do I reset my password?", "asked how to reset their password"),
    ("can i change my flight", "asked whether they can change their flight"),
    ("what is the baggage allowance?", "asked about the baggage allowance"),
    ("Why was my claim denied?", "asked why their claim was denied"),
    ("Do you have gluten free pizza?", "asked about gluten free pizza"),
    # troubles
    ("my outlook is not loading", "reported that their Outlook is not loading"),
    ("My internet keeps dropping", "reported that their internet keeps dropping"),
    ("I lost my card", "reported that they lost their card"),
    ("i can't log in to my account", "reported that they cannot log in to their account"),
    ("I have a problem with my bill", "reported a problem with their bill"),
    ("I was charged twice for my order", "reported that they were charged twice for their order"),
    ("my printer wont turn on", "reported that their printer won't turn on"),
    ("zoom not open", "reported that Zoom is not open"),
    ("I haven't received my parcel", "reported that they haven't received their parcel"),
    ("I have a question about my warranty", "had a question about their warranty"),
    # topics
    ("state of my claim", "asked about state of their claim"),
    ("checking the uptime of servers", "asked about the uptime of servers"),
]


@pytest.mark.parametrize(("content", "told"), TOLD)
def test_a_request_retold(content: str, told: str) -> None:
    assert learned(turns("hello", content))["summary"] == f"The customer {told}."


NOTHING = [
    "hi",
    "ok",
    "thank you so much",
    "yes please",
    "i need help",
    "can you help me?",
    "I want it",
    "please do it for me",
    "have a nice day",
    "i want to say thanks",
    "that's all",
    "one moment please",
    "i will wait",
    "sorry for the delay",
    "how are you",
    "what is your name?",
    "imagine you are a pirate",
    "i like cats",
    "ok i do it",
    "nothing else",
    "can you change it",
    "4471",
    "you know what",
    "i have to go",
    "are you there",
    "no problem",
    "i need you",
    "tell me",
    "I appreciate your help",
    "are you a human?",
    "Tell Karen I said hi",
    "Call me Ishmael",
    "my email address is tildagmailcom",
    "make toyota model yaris",
    "thats it for now tnx",
]


@pytest.mark.parametrize("content", NOTHING)
def test_what_asks_for_nothing(content: str) -> None:
    assert learned(turns(content))["summary"] == ""


def test_the_summary_names_the_customer_and_joins_their_requests() -> None:
    said = turns("hello", "i want to check my meter reading", "my name is tilda marsh", "i also need a parking permit")
    assert learned(said)["summary"] == "Tilda asked to check their meter reading and for a parking permit."


def test_no_number_or_address_slips_into_the_summary() -> None:
    said = turns(
        "please cancel my order 55219 and mail me at tilda@example.com", "i want to transfer money to account 998877"
    )
    summary = learned(said)["summary"]
    assert summary
    assert not any(char.isdigit() for char in summary)
    assert "@" not in summary


def test_the_same_matter_is_told_once() -> None:
    said = turns("i need to change my seat", "please change my room", "can you change my seat assignment")
    assert learned(said)["summary"].count("seat") == 1


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (("my outlook is slow", "ok i updated it", "it is working now thanks"), "this is solved"),
        (("my outlook is slow", "> Please restart it.", "still not working"), "this is still open"),
        (("please change my room", "> I have changed your room to 14.", "great"), "this has been dealt with"),
        (
            ("please cancel my order", "> Unfortunately we cannot cancel an order that was shipped.", "ok"),
            "the assistant could not do this",
        ),
        (("i want a refund for my order", "> Your refund will arrive within 5 days.", "thanks"), "this is still open"),
    ],
)
def test_the_state_of_the_matter(said: tuple[str, ...], state: str) -> None:
    assert learned(turns(*said))["summary"].endswith(f"; {state}.")


@pytest.mark.parametrize(
    "said",
    [
        ("please change my room", "> Could you tell me your booking number?", "rr 45"),
        ("please change my room", "> I have sent you a verification code.", "ok"),
        ("please change my room", "> Once I have changed your seat, you get an e-mail.", "ok"),
        ("please change my room", "ok thanks"),
    ],
)
def test_an_unknown_state_is_not_told(said: tuple[str, ...]) -> None:
    assert ";" not in learned(turns(*said))["summary"]


def test_the_summary_runs_on_in_two_sentences() -> None:
    first = learned(turns("my name is Sarah", "I want to track my parcel"))
    assert first["summary"] == "Sarah asked to track their parcel."
    second = learned(turns("Please change my delivery address"), user_blocks(first["human"], first["summary"]))
    assert (
        second["summary"] == "Sarah asked to change their delivery address. Before that, they asked to track their parcel."
    )
    third = learned(turns("I need a refund"), user_blocks(second["human"], second["summary"]))
    assert third["summary"] == "Sarah asked for a refund. Before that, they asked to change their delivery address."


def test_a_name_learned_later_enters_the_summary() -> None:
    blocks = user_blocks("", "The customer asked to change their seat.")
    assert learned(turns("my name is oda"), blocks)["summary"] == "Oda asked to change their seat."


def test_a_state_learned_later_enters_the_summary() -> None:
    blocks = user_blocks("Name: Oda", "Oda reported that Outlook is slow.")
    assert learned(turns("it is working now"), blocks)["summary"] == "Oda reported that Outlook is slow; this is solved."


def test_a_persons_note_in_the_summary_stays() -> None:
    blocks = user_blocks("Name: Oda", "VIP, handle with care.")
    assert learned(turns("i want a refund"), blocks)["summary"] == "VIP, handle with care. Oda asked for a refund."
    blocks = user_blocks("Name: Oda", "VIP, handle with care. Always offer a call back.")
    assert learned(turns("i want a refund"), blocks)["summary"] == "VIP, handle with care. Always offer a call back."
