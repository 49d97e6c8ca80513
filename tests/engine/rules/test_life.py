"""City, company, tastes and belongings: said by the customer of themselves, dated, replaced on change."""

import pytest

from .memory import learned, line_of, lines, turns, user_blocks

DAY = "(2026-11-20)"

CITIES = [
    ("I live in Utrecht", "Utrecht"),
    ("we are based in san francisco", "San Francisco"),
    ("i live in leiden now", "Leiden"),
    ("I moved, please send it to Utrecht from now on", "Utrecht"),
    ("We recently moved to Porto", "Porto"),
    ("I've moved to New York City last month", "New York City"),
    ("my city is chennai", "Chennai"),
    ("I'm living in Sint-Niklaas, it's lovely", "Sint-Niklaas"),
    ("i live in wageningen", "Wageningen"),
    ("I was born in Cairo but I live in Cape Town", "Cape Town"),
    ("I live alone in Denver with my cat", "Denver"),
]


@pytest.mark.parametrize(("content", "city"), CITIES)
def test_a_city(content: str, city: str) -> None:
    assert f"Lives in {city} {DAY}" in lines(content)


NO_CITY = [
    "I used to live in Paris",
    "I don't live in London",
    "do you ship to Paris?",
    "I am moving to Berlin next month",
    "i moved to the premium plan",
    "I want to fly to Rome",
    "my wife lives in Madrid",
    "if i lived in Oslo",
    "I was moved to tears",
    "mumbai to delhi",
    "I moved to spotify",
    "i moved to a different seat",
    "I'd like to live in Spain",
    "I moved to Starlink from Comcast",
    "I live with my parents",
]


@pytest.mark.parametrize("content", NO_CITY)
def test_what_is_no_city_of_theirs(content: str) -> None:
    assert line_of("Lives in", content) == ""


def test_a_move_keeps_the_city_before() -> None:
    blocks = user_blocks("Name: Sarah Okafor\nLives in Leiden (2025-11-02)\nInterests: Likes cats (2025-09-03)")
    assert learned(turns("I moved, please send it to Utrecht from now on"), blocks)["human"] == (
        f"Name: Sarah Okafor\nLives in Utrecht {DAY}, before that Leiden\nInterests: Likes cats (2025-09-03)"
    )
    assert lines("we just moved from Leiden to Utrecht") == [f"Lives in Utrecht {DAY}, before that Leiden"]


def test_a_corrected_city_was_never_theirs() -> None:
    assert lines("> Which city do you live in?", "leiden", "> Leiden, correct?", "no, it's Utrecht") == [
        f"Lives in Utrecht {DAY}"
    ]
    assert lines("I live in Leiden", "sorry, I live in Utrecht") == [f"Lives in Utrecht {DAY}"]


def test_the_same_city_again_changes_nothing() -> None:
    for known in (
        "Lives in Utrecht (2025-01-01), before that Leiden",
        "City: utrecht",
        "He lives in Utrecht with two cats.",
    ):
        assert learned(turns("I live in Utrecht"), user_blocks(known))["human"] == known


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (("I work at Veltronix",), f"Works at Veltronix {DAY}"),
        (("I work for Philips Healthcare as a nurse.",), f"Works at Philips Healthcare {DAY}"),
        (("my company name is fernway",), f"Works at Fernway {DAY}"),
        (("I'm calling from Acme Corp",), f"Works at Acme Corp {DAY}"),
        (("> What is your company name?", "brightdesk"), f"Works at Brightdesk {DAY}"),
        (("> Which company do you work for?", "Blue Harbor Shipping"), f"Works at Blue Harbor Shipping {DAY}"),
        (("i work as a truck driver",), f"Works as a truck driver {DAY}"),
        (("I'm a nurse and work nights",), f"Works as a nurse {DAY}"),
    ],
)
def test_work(said: tuple[str, ...], line: str) -> None:
    assert line in lines(*said)


@pytest.mark.parametrize(
    "content",
    [
        "I work from home",
        "I work for a bank",
        "it doesn't work at all",
        "i'm a customer",
        "my wife works at Shell",
        "does it work for you",
        "I used to work at Shell",
    ],
)
def test_what_is_no_work_of_theirs(content: str) -> None:
    assert not [line for line in lines(content) if line.startswith("Works")]


TASTES = [
    ("I like cats", "Likes cats"),
    ("i love cats and old movies but hate mondays", "Likes cats, likes old movies, dislikes mondays"),
    ("I don't like window seats.", "Dislikes window seats"),
    ("I'm not a fan of spicy food", "Dislikes spicy food"),
    ("oh lovely i like window seat a lot", "Likes window seats"),
    ("I really enjoy hiking", "Likes hiking"),
    ("I can't stand loud music", "Dislikes loud music"),
    ("my favourite colour is blue", "Likes blue (favourite colour)"),
]


@pytest.mark.parametrize(("content", "items"), TASTES)
def test_likes_and_dislikes_are_one_line_of_interests(content: str, items: str) -> None:
    found = line_of("Interests", content).replace(f" {DAY}", "")
    assert sorted(found.lower().split(", ")) == sorted(items.lower().split(", "))
    assert found[0].isupper()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("I prefer email over phone", "Prefers email over phone"),
        ("i'd prefer to be contacted by email", "Prefers to be contacted by email"),
        ("I'm allergic to peanuts", "Allergic to peanuts"),
        ("I am vegetarian", "Is vegetarian"),
        ("i have two dogs", "Owns two dogs"),
        ("I have a black cat named Luna", "Owns a black cat named Luna"),
        ("my dog is called rex", "Owns a dog named Rex"),
        ("I drive a toyota prius", "Owns a Toyota Prius"),
        ("my car is a 2015 Honda Civic", "Owns a 2015 Honda Civic"),
        ("We own a small bakery", "Owns a small bakery"),
        ("i have an iphone 15", "Owns an iPhone 15"),
    ],
)
def test_preferences_and_belongings(content: str, line: str) -> None:
    assert f"{line} {DAY}" in lines(content)


NO_TASTE = [
    "I would like a refund",
    "I like it",
    "i like the way you work",
    "I love your service",
    "do you like cats?",
    "if i had a dog",
    "i like one burger please",
    "i like a coffee",
    "I like that you are fast",
    "I have a problem",
    "i have a car loan with you",
    "I have a question about my car",
    "I feel like nobody cares",
    "my wife likes cats",
    "my son has a dog",
    "i had a cat once",
    "I'd love to",
    "I don't like how you handled this",
    "it looks like rain",
    "I'd like to know my balance",
    "I prefer it",
    "my friend said 'fine' and \"I love cats and dogs a lot\"",
    "would i like it?",
    "i love you",
    "i have a car accident to report",
    "i like to check my seat",
    "I'd prefer Monday morning",
    "I have a Ford rental from you",
    "i have a house fire to report",
]


@pytest.mark.parametrize("content", NO_TASTE)
def test_what_tells_nothing_of_tastes_or_belongings(content: str) -> None:
    assert not [
        line
        for line in lines(content)
        if line.startswith(("Interests", "Likes", "Dislikes", "Prefers", "Owns", "Is", "Allergic"))
    ]


def test_a_like_is_added_to_the_line_there_is() -> None:
    blocks = user_blocks("Name: Sarah Okafor\nInterests: Likes cats (2025-09-03), rows at weekends (2026-02-11)")
    assert learned(turns("I like old films", "i like CATS"), blocks)["human"] == (
        f"Name: Sarah Okafor\nInterests: Likes cats (2025-09-03), rows at weekends (2026-02-11), likes old films {DAY}"
    )


def test_a_changed_mind_replaces_the_like() -> None:
    blocks = user_blocks("Interests: Likes cats (2025-09-03), likes tea (2025-09-03)")
    assert (
        learned(turns("I don't like cats any more"), blocks)["human"]
        == f"Interests: Dislikes cats {DAY}, likes tea (2025-09-03)"
    )


def test_what_was_sold_goes() -> None:
    blocks = user_blocks("Name: Bo\nOwns a Toyota Prius (2025-09-03)\nOwns a dog (2025-09-03)")
    assert learned(turns("I sold my Toyota Prius"), blocks)["human"] == "Name: Bo\nOwns a dog (2025-09-03)"
