"""What one statement says: numbers with units, dates, versions, names, obligations, denials."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.facts import Facts, Modal, Relation, read
from notec.facts.units import dimension, to_base, unit_of

_SCRAPS = st.sampled_from(
    (
        *(
            "не менее",
            "до",
            "от",
            "5",
            "1 000",
            "1,5",
            "2024",
            "12.03.2024",
            "ГБ",
            "GB",
            "%",
            "$",
            "руб.",
            "в",
            "час",
        ),
        *(
            "per",
            "second",
            "Qwen3-235B",
            "Windows",
            "11",
            "3.12",
            "двадцать",
            "two",
            "hundred",
            "тысяч",
            "must",
            "not",
        ),
        *(
            "нельзя",
            "«",
            "»",
            "—",
            "-",
            "…",
            ".",
            ",",
            "\n",
            "\u00a0",
            "½",
            "10^6",
            "1e9",
            "№",
            "9" * 400,
            "°C",
            "XIX",
        ),
        *(
            "век",
            "before",
            "после",
            "May",
            "мая",
            "никто",
            "neither",
            "nor",
            "_",
            "`",
            "0",
            "٣",
            "²",
            "v",
            "чем",
            "than",
        ),
    )
)
texts = st.one_of(
    st.text(max_size=80),
    st.lists(_SCRAPS, max_size=14).map(" ".join),
    st.lists(_SCRAPS, max_size=14).map("".join),
)


def quantities(text: str) -> list[tuple[float, float, str, str]]:
    """low, high, relation, unit."""
    return [(q.low, q.high, str(q.relation), q.unit) for q in read(text).quantities]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The card has 96 GB.", (96, 96, "=", "gigabyte")),
        ("У карты 96 ГБ памяти", (96, 96, "=", "gigabyte")),
        ("девяносто шесть гигабайтов", (96, 96, "=", "gigabyte")),
        ("размер 1,5 ГиБ", (1.5, 1.5, "=", "gibibyte")),
        ("1 000 000 рублей", (1e6, 1e6, "=", "currency:RUB")),
        ("1\u00a0500,75 руб.", (1500.75, 1500.75, "=", "currency:RUB")),
        ("1'500 pages", (1500, 1500, "=", "")),
        ("1,500 pages", (1500, 1500, "=", "")),
        ("3.14 m", (3.14, 3.14, "=", "meter")),
        ("$20 per month", (20, 20, "=", "currency:USD/month")),
        ("20 млн долларов", (20e6, 20e6, "=", "currency:USD")),
        ("от 5 до 10 минут", (5, 10, "=", "minute")),
        ("5–10 minutes", (5, 10, "=", "minute")),
        ("between 8 and 12 tokens per second", (8, 12, "=", "count/second")),
        ("не менее 12 знаков", (12, 12, ">=", "")),
        ("at least twelve", (12, 12, ">=", "")),
        ("no more than 15 boxes", (15, 15, "<=", "")),
        ("свыше 40 %", (40, 40, ">", "percent")),
        ("около трёх часов", (3, 3, "~", "hour")),
        ("about 3 hours", (3, 3, "~", "hour")),
        ("7 ГБ/с", (7, 7, "=", "gigabyte/second")),
        ("10 Гбит/с", (10, 10, "=", "gigabit/second")),
        ("60 км/ч", (60, 60, "=", "kilometer/hour")),
        ("−5 °C", (-5, -5, "=", "degC")),
        ("двадцать пять тысяч двести", (25200, 25200, "=", "")),
        ("two hundred and five", (205, 205, "=", "")),
        ("полтора часа", (1.5, 1.5, "=", "hour")),
        ("десятилетний план", (10, 10, "=", "year")),
        ("во втором ряду", (2, 2, "=", "ordinal")),
        ("the 3rd run", (3, 3, "=", "ordinal")),
        ("две трети", (2 / 3, 2 / 3, "=", "ratio")),
        ("2 часа 30 минут", (150, 150, "=", "minute")),
        ("96-гигабайтная карта", (96, 96, "=", "gigabyte")),
        ("через неделю", (1, 1, "=", "week")),
        ("2 кВт·ч", (2, 2, "=", "kilowatt_hour")),
    ],
)
def test_quantity(text: str, expected: tuple[float, float, str, str]) -> None:
    found = quantities(text)
    assert len(found) == 1
    assert found[0][:2] == pytest.approx(expected[:2])
    assert found[0][2:] == expected[2:]


@pytest.mark.parametrize(
    "text", ["Сорока сидит на ветке.", "Qwen3-235B", "+7-912-345-67-89", "see second page's"]
)
def test_no_quantity(text: str) -> None:
    assert not [q for q in read(text).quantities if q.unit != "ordinal"]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("14 марта 2025 года", {"year": 2025, "month": 3, "day": 14}),
        ("March 14, 2025", {"year": 2025, "month": 3, "day": 14}),
        ("14.03.2025", {"year": 2025, "month": 3, "day": 14}),
        ("2025-03-14", {"year": 2025, "month": 3, "day": 14}),
        ("28.07.2025 at 12:33", {"year": 2025, "month": 7, "day": 28}),
        ("в июле", {"month": 7}),
        ("in 1998", {"year": 1998}),
        ("в 1998 г.", {"year": 1998}),
        ("XIX век", {"century": 19}),
        ("the 19th century", {"century": 19}),
        ("3:30 pm", {"hour": 15, "minute": 30}),
        ("on Friday", {"weekday": 4}),
        ("в пятницу", {"weekday": 4}),
        ("Q3 2024", {"quarter": 3, "year": 2024}),
        ("3 квартал 2024 года", {"quarter": 3, "year": 2024}),
        ("the 5 May’s menu", {"month": 5, "day": 5}),
        ("at 5\u00a0P.M.", {"hour": 17, "minute": 0}),
        ("the 1990’s", {"year": 1990}),
        ("в 80-е", {"year": 1980}),
        ("в 19\u00a0в.", {"century": 19}),
        ("the year (1984)", {"year": 1984}),
        ("1914 - 1918 гг.", {"year": 1914}),
        ("3 Sept. and 5 ſept 2020", {"month": 9, "day": 3}),  # a long s
    ],
)
def test_moment(text: str, fields: dict[str, int]) -> None:
    assert read(text).moments[0].fields == fields


@pytest.mark.parametrize(
    ("text", "relation"),
    [("до 1 октября", Relation.LESS), ("since 2020", Relation.AT_LEAST), ("к 2030 году", Relation.AT_MOST)],
)
def test_relation_of_a_moment(text: str, relation: Relation) -> None:
    assert read(text).moments[0].relation is relation


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Python 3.12.1", (3, 12, 1)),
        ("версия 2.1", (2, 1)),
        ("v2", (2,)),
        ("Windows 11", (11,)),
        ("Llama 3.1", (3, 1)),
    ],
)
def test_version(text: str, parts: tuple[int, ...]) -> None:
    assert [version.parts for version in read(text).versions] == [parts]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("проект ведёт Ирина Соколова", "Ирина Соколова"),
        ("we asked NVIDIA", "NVIDIA"),
        ("модель Qwen3-235B отвечает", "Qwen3-235B"),
        ("the method read_file fails", "read_file"),
        ("книга «Чистый код» лежит", "Чистый код"),
    ],
)
def test_name(text: str, name: str) -> None:
    assert name in [found.span.of(text) for found in read(text).names]


def test_a_unit_beside_its_number_is_no_name() -> None:
    assert read("it draws 1.2 kW at 83 degrees Celsius").names == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Пароль должен быть длинным", Modal.MUST),
        ("журнал удалять нельзя", Modal.MUST_NOT),
        ("телефон не нужен", Modal.NEED_NOT),
        ("сотрудникам разрешено", Modal.MAY),
        ("следует запустить тесты", Modal.SHOULD),
        ("keys must not be kept", Modal.MUST_NOT),
        ("staff may not enter", Modal.MUST_NOT),
        ("you do not have to restart", Modal.NEED_NOT),
        ("tests should be run", Modal.SHOULD),
        ("it is not required", Modal.NEED_NOT),
    ],
)
def test_modality(text: str, kind: Modal) -> None:
    assert [modality.kind for modality in read(text).modalities] == [kind]


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("Модель не помещается целиком", "помещается"),
        ("никто не проводил проверку", "проводил"),
        ("it does not fit", "fit"),
        ("works without internet", "internet"),
        ("it no longer works", "works"),
    ],
)
def test_negation_and_its_scope(text: str, denied: str) -> None:
    assert [text[n.scope_start : n.scope_end] for n in read(text).negations] == [denied]


@pytest.mark.parametrize(
    "text", ["не менее пяти", "not only fast", "no later than May", "no longer than a day", "чуть не упал"]
)
def test_words_that_deny_nothing(text: str) -> None:
    assert read(text).negations == ()


@given(texts)
def test_reading_never_raises_and_every_span_lies_in_the_text(text: str) -> None:
    facts = read(text)
    values = (facts.quantities, facts.moments, facts.versions, facts.names, facts.modalities, facts.negations)
    for kind in values:
        starts = [value.start for value in kind]
        assert starts == sorted(starts)
        for value in kind:
            assert 0 <= value.start < value.end <= len(text)
            assert text[value.start : value.end].strip()


@given(
    st.floats(-1e6, 1e6), st.sampled_from(["ГБ", "km", "час", "kWh", "°C", "%", "Mbps", "фунт", "мг", "USD"])
)
def test_a_unit_converts_by_one_factor(value: float, form: str) -> None:
    unit = unit_of(form)
    zero, one = to_base(0.0, unit), to_base(1.0, unit)
    assert unit
    assert to_base(value, unit) == pytest.approx(zero + value * (one - zero), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("one", "many"),
    [
        (("ГБ", 1.0), ("МБ", 1000.0)),
        (("км", 1.0), ("m", 1000.0)),
        (("час", 1.0), ("мин", 60.0)),
        (("kWh", 1.0), ("Wh", 1000.0)),
        (("GiB", 1.0), ("MiB", 1024.0)),
        (("Гбит", 8.0), ("ГБ", 1.0)),
    ],
)
def test_conversions_round_trip(one: tuple[str, float], many: tuple[str, float]) -> None:
    first, second = unit_of(one[0]), unit_of(many[0])
    assert dimension(first) == dimension(second)
    assert to_base(one[1], first) == pytest.approx(to_base(many[1], second))


def test_a_long_line_is_read_in_its_beginning_only() -> None:
    assert read("5 ГБ " + "A" * 10_000_000).quantities[0].unit == "gigabyte"


def test_nothing_said() -> None:
    assert read("") == Facts(language="other")


def test_importing_facts_brings_no_heavy_library() -> None:
    heavy = "('pint', 'pymorphy3', 'numpy')"
    code = (
        f"import sys, notec.facts; notec.facts.read('5 ГБ'); print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
