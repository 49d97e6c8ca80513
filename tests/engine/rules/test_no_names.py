"""What only looks like a name: greetings, products, places, moods, other people."""

import pytest

from .memory import line_of

ASK = "> May I have your name, please?"

NO_NAME = [
    "this is urgent",
    "This is regarding my claim",
    "this is ridiculous",
    "This is about order 5512",
    "this is outrageous and i want a refund",
    "this is for my brother Tom",
    "This is my first time here",
    "This is Comcast, right?",
    "this is netflix",
    "I'm fine",
    "i am calling about my bill",
    "I am vegetarian",
    "i'm diabetic",
    "I'm Dutch",
    "i'm locked out",
    "im lost",
    "I am frustrated",
    "i am very disappointed",
    "I'm in London",
    "I'm with Vodafone",
    "i am from chennai",
    "I'm a Gold member",
    "I'm not John",
    "my name is on the booking",
    "my name is misspelled on the ticket",
    "my name is wrong",
    "my name was changed",
    "my name should be on file",
    "What is your name?",
    "what's my name on the booking",
    "my wife's name is Ann",
    "my wifes name is ann",
    "my dog's name is Rex",
    "my sons name is peter",
    "her name is Linda",
    "his name is bob",
    "the driver's name was Carl",
    "my username is bigfish22",
    "the company name is Acme",
    "my mother's maiden name is Jones",
    "the hotel's name is Astoria",
    "Is this John?",
    "am i speaking with emma",
    "hello jesse",
    "Thanks Emma, you were great",
    "thank you ever so much drew",
    "bye charlie",
    "I'm John's wife",
    "i am johns wife",
    'my friend said "my name is Bob Hope"',
    "call me back",
    "call me tomorrow please",
    "please call me on monday",
    "I'm sorry",
    "im good thanks",
    "I am unable to log in",
    "nothing here",
    "customer here since 2010",
    "I think this is fraud",
    "i'm broke",
    "I'm gluten intolerant",
    "this is nonsense",
    "this is samsung galaxy",
    "i am Catholic",
    "I'm retired",
    "I'm pregnant",
    "can you change the name on my ticket",
    "I want to change my name",
    "i need to change the name of the passenger to Lisa",
    "My agent was called Fred",
    "Where is my order? This is the third time!",
    "this is hilarious",
    "i'm waiting",
    "I'm Interested in the premium plan",
    "I am calling for my mother, Jane Doe",
]


@pytest.mark.parametrize("content", NO_NAME)
def test_what_is_no_name_of_the_customer(content: str) -> None:
    assert line_of("Name", content) == ""


NO_ANSWER = [
    "ok",
    "economy",
    "sure",
    "one moment",
    "why do you need it?",
    "I don't want to say",
    "yes please",
    "window seat",
    "no",
    "London please",
    "what for",
    "the blue one",
    "nothing else",
    "4471",
    "I already told you",
    "my wife made the booking",
    "not sure",
    "Toyota",
    "hold on a second",
    "is that necessary",
    "jack.miller@example.com",
]


@pytest.mark.parametrize("answer", NO_ANSWER)
def test_an_answer_that_gives_no_name(answer: str) -> None:
    assert line_of("Name", "I need help", ASK, answer) == ""


NO_NAME_ALONE = [
    ("hi", "i want to fly", "mumbai to delhi", "first class"),
    ("hi", "i want to fly", "economy", "2 people"),
    ("i want a pizza", "cash", "4155550132"),
    ("i want a pizza", "olive oil cookie 1"),
    ("i want a pizza", "leiden harbour street", "9811720436"),
    ("i need proof of insurance for my car", "marutti swifft", "2019"),
    ("i want internet at home", "zwollen 80114"),
    ("i want internet at home", "los banos", "93635"),
    ("hello", "wolvega usa 9811720436"),
    ("hi", "proof of insurance please", "nissan versa", "2015"),
    ("hello jesse", "my card is blocked", "ok", "thanks jesse"),
    ("hi", "i want to order", "chicken burger", "2"),
    ("hi", "large pepperoni pizza", "12 inch", "coke"),
    ("hi", "my outlook is down", "updated", "12 minutes ago"),
    ("hola", "buenos dias", "gracias"),
    ("hi", "my plan", "unlimited", "50 dollars"),
    ("transfer money", "savings", "500"),
    ("hi", "i want to order food", "gulab jamun", "2"),
    ("hi", "i need my ticket", "gohead", "ok"),
    ("hi", "i need my ticket", "helloo", "awsome", "noplease", "4471"),
    ("hi", "my outlook is slow", "accenture", "ok"),
    ("hi", "daer my skype is down", "60417"),
    ("hi", "my screen cracked", "dr smith", "ok"),
    ("hi", "i need my ticket", "tildagmailcom", "4471"),
    ("hi", "i want to fly", "cape town", "12"),
]


@pytest.mark.parametrize("said", NO_NAME_ALONE)
def test_a_lone_word_that_is_no_name(said: tuple[str, ...]) -> None:
    assert line_of("Name", *said) == ""
