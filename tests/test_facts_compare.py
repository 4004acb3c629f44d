"""On what do a claim and its source disagree?"""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.facts import Kind, disagreements
from test_facts_read import texts

AGREE = [
    ("Модели нужно 96 GB памяти.", "Модели нужно 96 ГБ памяти."),
    ("The file has 1000 MB.", "The file has 1 GB."),
    ("The file has 1024 MB.", "The file has 1 GB."),
    ("В хранилище 20 000 заметок.", "В хранилище двадцать тысяч заметок."),
    ("Cache lives for one day.", "Cache lives for 24 hours."),
    ("Скорость 8–12 токенов в секунду.", "Скорость от 8 до 12 токенов в секунду."),
    ("Скорость не более 12 токенов в секунду.", "Скорость от 8 до 12 токенов в секунду."),
    ("It costs $20 a month.", "It costs 20 dollars a month."),
    ("14.03.2025 вышла версия 2.1.", "Версия 2.1 вышла 14 марта 2025 года."),
    ("Тестами занимается Громов.", "Тестами занимается Павел Громов."),
    ("Конференция открыта компанией NVIDIA.", "Компания NVIDIA открыла конференцию."),
    ("Australia's capital is Canberra.", "Canberra is the capital of Australia."),
    ("Chelsea were beaten by Arsenal in the final.", "Arsenal beat Chelsea in the final."),
    ("The service isn't available.", "The service is unavailable."),
    ("No phone is needed.", "A phone is not needed."),
    ("Memory prices didn't rise.", "Memory prices did not rise."),
    ("Журнал удалять нельзя.", "Удалять журнал запрещено."),
    ("Alice is shorter than Bob.", "Bob is taller than Alice."),
    ("Ставка выросла до 9 процентов.", "Ставка выросла с 7,5 до 9 %."),
    ("The update did not fix the crash.", "The update fixed neither the crash nor the leak."),
]
DIFFER = [
    ("Модели нужно 96 МБ памяти.", "Модели нужно 96 ГБ памяти.", Kind.UNIT),
    ("Модели нужно 69 ГБ памяти.", "Модели нужно 96 ГБ памяти.", Kind.NUMBER),
    (
        "The second run took 40 seconds.",
        "The first run took 40 seconds and the second run took 25 seconds.",
        Kind.NUMBER,
    ),
    ("It costs 20 dollars a year.", "It costs 20 dollars a month.", Kind.UNIT),
    ("The disk reads 20 GB/s.", "The disk reads 20 GB.", Kind.UNIT),
    ("До дачи 90 км.", "До дачи едем 90 км/ч.", Kind.UNIT),
    ("Пароль из не более 12 знаков.", "Пароль из не менее 12 знаков.", Kind.NUMBER),
    ("Версия вышла 14 мая 2025 года.", "Версия вышла 14 марта 2025 года.", Kind.DATE),
    (
        "The house was built in the 20th century.",
        "The house was built in the 19th century and repaired in 1998.",
        Kind.DATE,
    ),
    ("Rust 1.74 is required.", "Rust 1.75 is required.", Kind.VERSION),
    ("Офис переезжает в Саратов.", "Офис переезжает в Самару.", Kind.NAME),
    (
        "The music was written by Peter Hall.",
        "Peter Hall read the poems and Oscar Lind wrote the music.",
        Kind.NAME,
    ),
    ("Chelsea beat Arsenal in the final.", "Arsenal beat Chelsea in the final.", Kind.NAME),
    ("Модель помещается в память.", "Модель не помещается в память.", Kind.NEGATION),
    ("Проверку проводили.", "Проверку никто не проводил.", Kind.NEGATION),
    ("Memory prices rose.", "Memory prices did not rise.", Kind.NEGATION),
    ("Keys may be kept in the repository.", "Keys must not be kept in the repository.", Kind.MODALITY),
    ("Сервер может ответить сразу.", "Сервер обязан ответить сразу.", Kind.MODALITY),
    ("Отчёт сдают после проверки.", "Отчёт сдают до проверки.", Kind.OPPOSITE),
    ("Sales rose last year.", "Sales fell last year.", Kind.OPPOSITE),
    ("Alice is taller than Bob.", "Bob is taller than Alice.", Kind.OPPOSITE),
    ("All users open the page.", "Few users open the page.", Kind.OPPOSITE),
    ("Search works only online.", "Search works online.", Kind.OPPOSITE),
]


@pytest.mark.parametrize(("claim", "source"), AGREE)
def test_agree(claim: str, source: str) -> None:
    assert [str(d) for d in disagreements(claim, source)] == []


@pytest.mark.parametrize(("claim", "source", "kind"), DIFFER)
def test_differ(claim: str, source: str, kind: Kind) -> None:
    assert kind in [d.kind for d in disagreements(claim, source)]


def test_a_disagreement_points_at_both_places() -> None:
    claim, source = "Нужно 69 ГБ.", "Для модели нужно 96 ГБ."
    (found,) = disagreements(claim, source)
    assert found.claim_span.of(claim) == found.claim_value == "69 ГБ"
    assert found.source_span is not None
    assert found.source_span.of(source) == found.source_value == "96 ГБ"
    assert found.contradicts


def test_what_the_source_does_not_state_is_no_contradiction() -> None:
    (found,) = disagreements("The build takes 5 minutes.", "The build takes a while.")
    assert (found.kind, found.source_value, found.contradicts) == (Kind.NUMBER, "", False)


@given(texts)
def test_a_text_never_disagrees_with_itself(text: str) -> None:
    assert disagreements(text, text) == ()
    assert disagreements(text, text + " ") == ()


@given(texts, texts)
def test_comparing_never_raises_and_points_into_the_texts(claim: str, source: str) -> None:
    mine, theirs = claim.strip(), source.strip()
    for found in disagreements(claim, source):
        assert found.claim_span.of(mine) == found.claim_value
        if found.source_span is not None:
            assert found.source_span.of(theirs) == found.source_value


@given(st.integers(2, 9999), st.sampled_from(["ГБ", "minutes", "%", "рублей", "km/h"]))
def test_another_number_of_the_same_thing_differs(number: int, unit: str) -> None:
    assert disagreements(f"It is {number + 1} {unit}.", f"It is {number} {unit}.")
    assert not disagreements(f"It is {number} {unit}.", f"It is {number} {unit}, they say.")


def test_a_claim_of_a_thousand_numbers_is_not_believed() -> None:
    numbers = " ".join(f"{n} GB," for n in range(1000))
    assert [d.contradicts for d in disagreements(numbers + " so", numbers)] == [False]
    assert not disagreements("It has 7 GB.", f"It has {numbers}")


def test_a_bare_number_takes_the_unit_of_the_one_before() -> None:
    source = "Билет стоит 350 рублей, для студентов — 200."
    assert not disagreements("Билет для студентов стоит 200 рублей.", source)
    assert disagreements("Билет для студентов стоит 350 рублей.", source)


def test_who_is_where_in_a_list_of_clauses() -> None:
    source = "Ольга живёт в Твери, а её брат Николай — в Туле."
    assert not disagreements("Николай живёт в Туле.", source)
    assert {d.kind for d in disagreements("Ольга живёт в Туле.", source)} == {Kind.NAME}


def test_pint_is_loaded_only_for_two_different_units() -> None:
    code = """
import sys
from notec.facts import disagreements
print(len(disagreements("It has 5 GB.", "It has 6 GB.")), "pint" in sys.modules)
print(len(disagreements("It has 5 GB.", "It has 5000 MB.")), "pint" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False", "0", "True"]
