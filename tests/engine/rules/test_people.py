"""The learner finds the customer's own name, in all the ways people give it, and takes nothing else for one."""

import pytest

from engine.learners.rules.turns import turns_of

from .memory import learned, line_of, turns, user_blocks

ASK = "> May I have your name, please?"

INTRODUCED = [
    # announced in words, typed
    ("My name is Sarah Okafor.", "Sarah Okafor"),
    ("Hi, my name is Jonas and I need help with my bill", "Jonas"),
    ("Hello, this is Priya Raman. I have a question about my card.", "Priya Raman"),
    ("I'm Tom Baker, I booked a flight last week", "Tom Baker"),
    ("I am Dr. Helen Cho and I'm calling about a claim", "Helen Cho"),
    ("Good morning! Jan van der Berg here, my parcel is late", "Jan van der Berg"),
    ("The name's O'Brien, Sinead O'Brien", "O'Brien"),
    ("You can call me Beth", "Beth"),
    ("hello, it's about my order. My full name is Miguel Ángel Torres", "Miguel Ángel Torres"),
    ("Name: Lukas Meyer\nPhone: +49 30 1234567", "Lukas Meyer"),
    ("My name is SARAH OKAFOR", "Sarah Okafor"),
    ("My first name is Anna and my last name is Kowalska", "Anna Kowalska"),
    ("the name on the account is Peter Jansen", "Peter Jansen"),
    ("the booking is under the name Carla Rossi", "Carla Rossi"),
    ("I have two bags.\n\nKind regards,\nOluwaseun Ade", "Oluwaseun Ade"),
    ("My name is not Jon, it's John", "John"),
    ("Actually my name is Katherine with a K", "Katherine"),
    ("my name is jean-luc moreau", "Jean-Luc Moreau"),
    ("I'm Anne-Marie. My router is dead.", "Anne-Marie"),
    ("This is Mary Ellen Park calling from Denver", "Mary Ellen Park"),
    # sloppy and transcribed
    ("hi my name is darius and i cant log in", "Darius"),
    ("my name ravi", "Ravi"),
    ("name joyce account number 88213", "Joyce"),
    ("hello this is tomasz", "Tomasz"),
    ("im cooper", "Cooper"),
    ("i am james whitfield and my order number is 5 5 2 1 9", "James Whitfield"),
    ("yes my name is aiko tanaka please check my seat", "Aiko Tanaka"),
    ("myself suresh", "Suresh"),
    ("good evening um this is lorraine i wanted to ask about my bill", "Lorraine"),
    ("my name is d e b r a", "Debra"),
    ("my names bob and the wifi is down", "Bob"),
    ("hi sarah here i need a refund", "Sarah"),
    ("my name is nora west and i need a window seat", "Nora West"),
    ("my name is zbygniew thanks", "Zbygniew"),
    ("hello hello am i connected my name is fatima noor", "Fatima Noor"),
    ("my good name is harpreet singh", "Harpreet Singh"),
    ("i go by mick", "Mick"),
    ("my last name is castellanos", "Castellanos"),
    ("hi yeah this is uh patricia wells i'm calling about my card", "Patricia Wells"),
    ("hello my name is um let me think jeff yeah jeff goldman", "Jeff"),
    ("hi i m kavitha and i want to know my bill", "Kavitha"),
    ("My invoice is wrong. Kind regards,\nHelmut Krause\nKrause GmbH\n+49 89 123456", "Helmut Krause"),
    ("I am Mr. Hughes", "Mr. Hughes"),
]


@pytest.mark.parametrize(("content", "name"), INTRODUCED)
def test_a_name_announced_in_words(content: str, name: str) -> None:
    assert line_of("Name", content) == name


ANSWERED = [
    ("Sarah Okafor", "Sarah Okafor"),
    ("sarah okafor", "Sarah Okafor"),
    ("Sure, it's Sarah.", "Sarah"),
    ("sure its dmitri volkov", "Dmitri Volkov"),
    ("yes of course. Grace Lin", "Grace Lin"),
    ("Will Smith", "Will Smith"),
    ("mark", "Mark"),
    ("jessly", "Jessly"),
    ("okonkwo", "Okonkwo"),
    ("Ngozi Okonkwo, account 4471", "Ngozi Okonkwo"),
    ("kelvin and the booking number is w 5 t 9 q 2", "Kelvin"),
    ("tamsin bx 44 k 7", "Tamsin"),
    ("that would be Mrs. Edith Palmer", "Edith Palmer"),
    ("Mr. Lee", "Mr. Lee"),
    ("it is spelled d a r r y l", "Darryl"),
    ("Hi Emma, it's Jack Thompson", "Jack Thompson"),
    ("Li Wei", "Li Wei"),
    ("Maria de la Cruz", "Maria de la Cruz"),
    ("bastian crane 731 204 4418", "Bastian Crane"),
    ("under Jack Thompson", "Jack Thompson"),
    ("yes, Tom", "Tom"),
    ("DEVON PRICE", "Devon Price"),
    ("angel brown", "Angel Brown"),
    ("Sam. S-A-M", "Sam"),
    ("rick. rick dalton", "Rick Dalton"),
    ("O'Connor, Siobhan", "Siobhan O'Connor"),
    ("its XJ4K9P, Delgado", "Delgado"),
    ("mirko church thanks", "Mirko Church"),
    ("esra hill account no 4471", "Esra Hill"),
    ("ok ifeanyi", "Ifeanyi"),
    ("rings 3316", "Rings"),
    ("My name's Roshni and it is hb 6137", "Roshni"),
    ("Mrs. van Dijk", "Mrs. van Dijk"),
]


@pytest.mark.parametrize(("answer", "name"), ANSWERED)
@pytest.mark.parametrize(
    "question",
    [
        "> Hello, I'm Emma. May I have your name, please?",
        "> Who am I speaking with today?",
        "> Could you tell me your full name and booking number?",
    ],
)
def test_a_bare_answer_to_the_assistants_question(question: str, answer: str, name: str) -> None:
    assert line_of("Name", "I need help with my booking", question, answer) == name


WITHOUT_ASSISTANT = [
    (("hi", "i want to change my seat", "tilda", "rr 45 n 5"), "Tilda"),
    (("hello", "check my order", "gorav mx 88 k 2", "ok"), "Gorav"),
    (("i need proof of insurance", "ophelia grantham", "4471", "toyota yaris"), "Ophelia Grantham"),
    (("good morning", "internet is down", "wolf", "hg 20418"), "Wolf"),
    (("hi", "my outlook is slow", "henrik 4417", "nokia"), "Henrik"),
    (("hello dana", "my bill is wrong", "pritesh and 9917", "thanks dana"), "Pritesh"),
    (("hi", "i want to cancel my plan", "olatunji", "ok"), "Olatunji"),
    (("hi", "my order is late", "jolanda rivers", "4471"), "Jolanda Rivers"),
    (("hello", "salesforce is slow", "bex 2207", "ok"), "Bex"),
    (("hi", "i need my ticket", "tilda marsh tildamarsh 22 hotmailcom"), "Tilda Marsh"),
    (("hi", "i need proof of insurance", "taavi", "hello there", "ssn 4410"), "Taavi"),
    (("hi", "i need a ticket", "tilda okoro and email is tilda 22 gmailcom"), "Tilda Okoro"),
    (("hi", "check my seat", "sure it is tilda marsh the booking number is 41 hk 77"), "Tilda Marsh"),
    (("hi", "check my seat", "thuy le", "hbq 518"), "Thuy Le"),
    (("hi", "my bill is wrong", "simon lantern", "4471"), "Simon Lantern"),
    (("hi", "my bill is wrong", "ophelia and password is rosebud"), "Ophelia"),
    (("hi", "my bill is wrong", "ssn no 4471 ophelia grantham", "2209"), "Ophelia Grantham"),
    (("hi", "my bill is wrong", "4471 ophelia", "ok"), "Ophelia"),
    (("hi", "my bill is wrong", "b ophelia grantham", "4471"), "B Ophelia Grantham"),
    (("hi", "my bill is wrong", "dana", "hello", "ophelia grantham", "4471"), "Ophelia Grantham"),
    (("hello this is tamsin", "my screen is cracked", "tamsin shankar", "741 206 3318"), "Tamsin Shankar"),
]


@pytest.mark.parametrize(("said", "name"), WITHOUT_ASSISTANT)
def test_a_name_that_stands_alone_when_the_assistants_turns_are_missing(said: tuple[str, ...], name: str) -> None:
    assert line_of("Name", *said) == name


def test_the_assistants_own_name_is_not_the_customers() -> None:
    assert (
        line_of(
            "Name", "> Hi, I'm Emma, how can I help?", "hi emma my phone is broken", "> My name is Emma, by the way.", "ok"
        )
        == ""
    )


def test_a_yes_to_am_i_speaking_with() -> None:
    assert line_of("Name", "> Good morning, am I speaking with Sarah Okafor?", "Yes, that's me.") == "Sarah Okafor"
    assert line_of("Name", "> Good morning, am I speaking with Sarah Okafor?", "No, she is my sister.") == ""


def test_an_answer_that_the_assistant_thanks_for_by_name() -> None:
    said = (
        "> What is your name?",
        "why do you need that",
        "> So that I can find your order.",
        "fine. Kenji",
        "> Thanks Kenji, what is wrong?",
    )
    assert line_of("Name", *said) == "Kenji"
    assert line_of("Name", "hi emma", "> Thanks, Emma is my name.", "ok") == ""


def test_a_name_of_a_relative_in_the_answer_is_not_taken() -> None:
    assert line_of("Name", "> What name is the booking under?", "it's under my wife's name, Anna Bell") == ""
    assert line_of("Name", "> What's your name?", "Sarah, but the order is in my husband's name, Peter Okafor.") == "Sarah"


def test_a_question_for_another_kind_of_name() -> None:
    assert line_of("Name", "> What's the name of the restaurant?", "La Piazza") == ""


def test_a_question_about_somebody_else() -> None:
    assert line_of("Name", "I want to add a driver", "> What is the driver's name?", "Tom Hardy") == ""
    assert line_of("Name", "this is for my brother Tom", "> What name is the booking under?", "Tom Baker") == ""


def test_a_first_and_a_last_name_asked_apart() -> None:
    assert line_of("Name", "> Your first name, please?", "Ines", "> And your last name?", "Carvalho") == "Ines Carvalho"


def test_a_correction_replaces_the_name_just_given() -> None:
    assert line_of("Name", ASK, "Jon Smith", "> Thank you, John Smyly.", "no, it's Jon Smyth") == "Jon Smyth"


def test_a_no_to_am_i_speaking_with() -> None:
    blocks = user_blocks("Name: Jon Smith")
    assert learned(turns("> Am I speaking with Jon Smith?", "no, it's Jon Smyth"), blocks)["human"] == "Name: Jon Smyth"


def test_a_fuller_name_replaces_a_shorter_and_not_the_other_way_round() -> None:
    blocks = user_blocks("Name: Sarah")
    assert learned(turns("my name is Sarah Okafor"), blocks)["human"] == "Name: Sarah Okafor"
    blocks = user_blocks("Name: Sarah Okafor")
    assert learned(turns("hi, sarah here"), blocks)["human"] == "Name: Sarah Okafor"


def test_a_changed_name_is_replaced_when_it_was_said_in_words() -> None:
    blocks = user_blocks("Name: Sarah Okafor\nE-mail: sarah@example.com")
    assert learned(turns("Actually my name is Sarah Jansen now, I got married"), blocks)["human"].startswith(
        "Name: Sarah Jansen\n"
    )


def test_the_sdks_one_message_batch() -> None:
    batch = (
        "<messages>The following message interactions have occured:\n"
        "assistant: May I have your name?\nuser: it's\nHilde Brandt\nassistant: Thanks</messages>"
    )
    found = turns_of(batch)
    assert [(turn.role, turn.content) for turn in found] == [
        ("assistant", "May I have your name?"),
        ("user", "it's\nHilde Brandt"),
        ("assistant", "Thanks"),
    ]
    assert learned(found)["human"] == "Name: Hilde Brandt"


def test_a_plain_text_is_one_turn_of_the_user() -> None:
    assert [(turn.role, turn.content) for turn in turns_of("my name is Bo\nassistant: really?")] == [
        ("user", "my name is Bo\nassistant: really?")
    ]
    assert turns_of("  ") == []
