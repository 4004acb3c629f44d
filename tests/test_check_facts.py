"""The fact rules on small vaults: what clashes is found at both places, look-alikes are left alone."""

from __future__ import annotations

import re

import pytest

from notec.check.checker import Checker, sheet_of
from notec.check.rules import RULES
from notec.core import Diagnostic
from notec.vault import parse_markdown

CODES = (
    "value-conflict",
    "unit-conflict",
    "superseded-value",
    "date-conflict",
    "name-conflict",
    "modality-clash",
)
CHOSEN = [rule for rule in RULES if rule.code in CODES]


class Nothing:
    """A vault of which these rules ask nothing."""

    def __getattr__(self, name: str) -> None:
        raise AssertionError(name)


def check(vault: str) -> list[Diagnostic]:
    """Findings of a vault that is written as `## path` and the note below it."""
    checker = Checker(CHOSEN)
    for part in re.split(r"(?m)^## (?=.+\.md$)", vault):
        path, _, text = part.partition("\n")
        if path.strip():
            note = parse_markdown(path.strip(), text).value
            checker.put(note.path, sheet_of(note, CHOSEN))
    checker.settle(Nothing())  # type: ignore[arg-type]
    return list(dict.fromkeys(checker.diagnostics(Nothing())))  # type: ignore[arg-type]


def codes(*notes: str) -> list[str]:
    return [d.code for d in check("\n".join(f"## {note}" for note in notes))]


@pytest.mark.parametrize("rule", CHOSEN, ids=lambda rule: rule.code)
def test_the_example_of_a_rule_shows_it(rule):
    assert [d.code for d in check(rule.example)] == [rule.code]


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        (
            "value-conflict",
            "Сервер.md\nВ сервере шестьдесят четыре гигабайта памяти.",
            "План.md\n[[Сервер]]: память 48 ГБ.",
        ),
        (
            "value-conflict",
            "Workstation.md\nThe machine has 96 GB of VRAM.",
            "Память.md\nВ [[Workstation]] 98 ГБ видеопамяти.",
        ),
        (
            "value-conflict",
            "Kestrel API.md\nKestrel API retries a payment five times.",
            "Errors.md\nA payment is retried 3 times by Kestrel API.",
        ),
        (
            "unit-conflict",
            "Диск.md\nОбъём диска 4 ТБ.",
            "Покупки.md\n[[Диск]] имеет объём 4 ГБ.",
        ),
        (
            "superseded-value",
            "Команда.md\nПо состоянию на март 2024 года в команде 7 человек.",
            "Кадры.md\nПо состоянию на май 2026 года в [[Команда|команде]] 11 человек.",
        ),
        (
            "modality-clash",
            "Регламент.md\nЛоги нельзя хранить дольше года.",
            "Анализ.md\nЛоги разрешено хранить дольше года.",
        ),
        (
            "date-conflict",
            "Свадьба.md\nСвадьба состоится 6 июня 2026 года.",
            "Подарки.md\n[[Свадьба]] — 13 июня 2026.",
        ),
        (
            "name-conflict",
            "Маяк.md\nРуководитель проекта «Маяк» — Ольга Соколова.",
            "Штат.md\nРуководитель проекта «Маяк» — Дмитрий Лапин.",
        ),
    ],
)
def test_clashes(code, one, other):
    assert codes(one, other) == [code]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A.md\nServer Alpha has 64 GB of RAM.", "B.md\nServer Beta has 128 GB of RAM."),
        ("Диск.md\nОбъём диска 2 ТБ.", "Ж.md\n[[Диск]]: объём 2000 ГБ."),
        ("Disk.md\nThe disk holds 1 TiB.", "B.md\nThe [[Disk]] holds 1.1 TB."),
        ("Hawk.md\nHawk draws 40 W when idle.", "B.md\n[[Hawk]] draws 210 W under load."),
        (
            "Ноутбук.md\nАккумулятор держит 8–10 часов.",
            "О.md\nАккумулятор [[Ноутбук|ноутбука]] держит 9 часов.",
        ),
        ("Box.md\nThe box needs at least 64 GB of RAM.", "B.md\nThe [[Box]] has 96 GB of RAM."),
        (
            "Кросс.md\nВ 2023 году кросс бежали 340 человек.",
            "К.md\nВ 2024 году [[Кросс]] бежали 410 человек.",
        ),
        ("Бег.md\nПлан на октябрь: пробежать 120 км.", "И.md\n[[Бег]]: фактически пробежал 96 км."),
        ("A.md\nFor example, the photo takes 4 MB.", "B.md\nThe photo takes 12 MB."),
        ("A.md\nVisitors must register.", "B.md\nEmployees need not register."),
        ("A.md\nReports must be sent monthly.", "B.md\nReports may be written in English."),
        ("Свадьба.md\nСвадьба 6 июня 2026 года.", "П.md\n[[Свадьба]]: 06.06.2026."),
        ("A.md\nThe lead of Aurora is Maria Lopez.", "B.md\nThe lead of Aurora is M. Lopez."),
    ],
)
def test_look_alikes_are_left_alone(one, other):
    assert codes(one, other) == []


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        pytest.param(
            "value-conflict",
            "Terminal.md\n# Terminal\n\nREQ-6: A card payment completes within 3 s.",
            "Review.md\n* In the [[Terminal]] a card payment completes within 5 seconds.",
            id="number of a requirement",
        ),
        pytest.param(
            "value-conflict",
            "Service.md\n| Setting | Value |\n|---|---|\n| retry limit | 5 |",
            "Ops.md\nThe [[Service]] has a retry limit of 3.",
            id="cell",
        ),
        pytest.param(
            "value-conflict",
            "Виртуалки.md\n| Машина | Память |\n|---|---|\n| mail | 2 ГБ |",
            "План.md\nВ заметке [[Виртуалки]] mail получает 4 ГБ памяти.",
            id="head of a column",
        ),
        pytest.param(
            "value-conflict",
            "Kick-off Heron.md\nThe team has seven people.",
            "Steering.md\nThe team of Heron has nine people.",
            id="name inside a title",
        ),
        pytest.param(
            "value-conflict",
            "Steering.md\n---\nproject: Heron\n---\n- Budget: 240,000 EUR.",
            "Plan.md\nFinance repeated that the budget of Heron is 210,000 EUR.",
            id="property",
        ),
        pytest.param(
            "date-conflict",
            "Байкал.md\nЗаезд 8 августа 2026 года, выезд 15 августа 2026 года.",
            "Письма.md\nВ [[Байкал]] заезд 9 августа 2026 года.",
            id="two dates of one sentence",
        ),
        pytest.param(
            "unit-conflict",
            "Ramipril.md\nDose in the evening: 2.5 mg.",
            "Visit.md\n[[Ramipril]]: dose in the evening 2.5 g.",
            id="thousandfold dose",
        ),
        pytest.param(
            "date-conflict",
            "a/Mary Shaw.md\n# Mary Shaw\n\nShe left the harbour town in March 1931 to look for work.",
            "b/Mary Shaw.md\n# Mary Shaw\n\nShe left the harbour town in March 1936 to look for work.",
            id="copy",
        ),
        pytest.param(
            "superseded-value",
            "Сеть.md\n- 2025-01-14 в шкафу стоит коммутатор на 8 портов.\n"
            "- 2025-03-03 в шкафу стоит коммутатор на 16 портов.",
            "Пусто.md\nНичего.",
            id="log",
        ),
    ],
)
def test_what_a_value_is_of(code, one, other):
    assert codes(one, other) == [code]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Song.md\nIt came out in May 1996.", "Hit.md\nIt came out in May 1988.", id="it"),
        pytest.param("A.md\nThis file takes 5 MB.", "B.md\nThis file takes 9 MB.", id="this"),
        pytest.param(
            "Бак.md\n# Бочка\n\nБочка вмещает 300 литров.\nДругая бочка вмещает 500 литров.",
            "П.md\nПусто.",
            id="another",
        ),
        pytest.param(
            "Games.md\nThe 2028 Summer Olympics are held here.",
            "G.md\nThe 2008 Summer Olympics were held here.",
            id="year of a name",
        ),
        pytest.param(
            "A.md\nSets for Windows Server 2003.", "B.md\nSets for Windows Server 2008.", id="model"
        ),
        pytest.param("A.md\nStep 2 needs a filter.", "B.md\nStep 4 needs a filter.", id="step"),
        pytest.param(
            "A.md\nIn 2012 the new piano in the north workshop weighs 200 kg.",
            "B.md\nIn 2012 the large printer in the north workshop weighs 30 kg.",
            id="a year before its thing",
        ),
        pytest.param(
            "Car.md\nThe [[Car]] budget is 900 EUR.", "C.md\nThe [[Car]] budget for tyres is 300 EUR.",
            id="part",
        ),
        pytest.param(
            "Show.md\nThe [[Show]] opened on 3 May 2024 and closed on 9 May 2024.",
            "S.md\nThe [[Show]] closed on 9 May 2024 and opened on 3 May 2024.",
            id="both days told",
        ),
        pytest.param(
            "Codes.md\nSuccess, restart is required.\n\nSuccess, restart is not required.\n\n"
            "Success, restart is required.\n\nSuccess, restart is not required.",
            "C.md\nNothing.",
            id="outcomes",
        ),
    ],
)  # fmt: skip
def test_what_is_not_the_same_thing(one, other):
    assert codes(one, other) == []


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        (
            "name-conflict",
            "Plan.md\n| Project | Responsible |\n|---|---|\n| Ivory | Ann Lee |",
            "Ivory.md\nResponsible: Bob Ray.",
        ),
        (
            "date-conflict",
            "Plan.md\n| Project | Lead | Due |\n|---|---|---|\n| Ivory | Ann Lee | 1 May 2025 |",
            "Ivory.md\nDeadline: 12 May 2025.",
        ),
        (
            "value-conflict",
            "Server.md\n| Part | Built in |\n|---|---|\n| CPU | Xeon Gold, 16 cores |",
            "Plan.md\nThe CPU of the server has 12 cores.",
        ),
        ("value-conflict", "Workstation.md\nCPU: 32 cores.", "Plan.md\nThe workstation has a 24-core CPU."),
        ("name-conflict", "Маяк.md\nЗаказчик: ООО «Вектор».", "План.md\nЗаказчик Маяка — АО «Горизонт»."),
        ("value-conflict", "Квартира.md\nПлощадь — 45 м².", "Разное.md\nКвартира, 43 м²."),
        (
            "value-conflict",
            "Host.md\nUbuntu 22.04 is installed on the host.",
            "Log.md\nThe host runs Ubuntu 24.04.",
        ),
        (
            "value-conflict",
            "Redis.md\nRedis is limited to 2 GB of memory.",
            "Plan.md\nRedis gets 4 GB of memory.",
        ),
        ("value-conflict", "Budget.md\nИнтернет 700 рублей.", "Flat.md\nИнтернет стоит 900 рублей."),
    ],
)
def test_what_binds_two_values(code, one, other):
    assert codes(one, other) == [code]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Школа.md\nУроки начинаются в 8:30.", "План.md\nВ школе уроки заканчиваются в 14:15."),
        ("NAS.md\nRAM: 8 GB.", "Plan.md\nThe NAS can be expanded to 32 GB of RAM."),
        ("Food/Bread.md\nUse 500 g of flour.", "Food/Muffins.md\nUse 250 g of flour."),
        ("Витамин.md\nПить после еды, через 20 минут.", "План.md\nЖелезо — пить после еды, через 40 минут."),
        ("Pixel.md\nThe Pixel has a 4600 mAh battery.", "Log.md\nThe Pixel Pro has a 5000 mAh battery."),
        ("Ivory.md\nResponsible: Ann Lee.", "Onyx.md\nResponsible: Bob Ray."),
        (
            "Film one.md\nFilming began in May 2010 in Oslo.",
            "Film two.md\nFilming began in May 2009 in Oslo.",
        ),
    ],
)
def test_what_does_not_bind_them(one, other):
    assert codes(one, other) == []


def test_a_form_filled_in_for_many_things_is_no_conflict():
    notes = [f"N{i}.md\n| Key | Value |\n|---|---|\n| Size | {i} bytes |" for i in range(1, 6)]
    assert codes(*notes) == []


def test_lines_of_a_chat_are_statements_of_their_own():
    chat = (
        "[12.05.26, 19:05] Jonas: the rehearsal room costs 18 EUR per hour\n"
        "[12.05.26, 19:06] Lea: fine with me\n"
        "[15.05.26, 10:03] Jonas: the rehearsal room costs 22 EUR per hour now\n"
    )
    assert codes(f"Chat.md\n{chat}") == ["value-conflict"]


def test_both_places_and_both_values_are_told():
    (found,) = check(
        "## Workstation.md\n\nIt has 96 GB of RAM.\n## Plan.md\nThe [[Workstation]] has 98 GB of RAM.\n"
    )
    assert {(found.note, found.line), (found.labels[0].note, found.labels[0].line)} == {
        ("Workstation.md", 2),
        ("Plan.md", 1),
    }
    assert "96 GB" in found.message
    assert "98 GB" in found.message
    assert found.span is not None


def test_a_note_that_goes_takes_its_clashes_with_it():
    checker = Checker(CHOSEN)
    texts = {"Box.md": "The box has 96 GB of RAM.", "B.md": "The [[Box]] has 98 GB of RAM."}
    for path, text in texts.items():
        checker.put(path, sheet_of(parse_markdown(path, text).value, CHOSEN))
    checker.settle(Nothing())  # type: ignore[arg-type]
    assert checker.diagnostics(Nothing())  # type: ignore[arg-type]
    checker.remove("B.md")
    checker.settle(Nothing())  # type: ignore[arg-type]
    assert checker.diagnostics(Nothing()) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        (
            "name-conflict",
            "Lantern.md\n---\nowner: Anna Petrova\n---\nThe service sends the letters.",
            "Team.md\nThe owner of [[Lantern]] is Boris Ivanov.",
        ),
        (
            "value-conflict",
            "Kettle.md\nRated power: 2200 W\nVolume: 1.7 litres\nColour: white",
            "Kitchen.md\nThe volume of the [[Kettle]] is 1.5 litres.",
        ),
        (
            "value-conflict",
            "Чайник.md\nМощность: 2200 Вт\nОбъём: 1,7 литра\nЦвет: белый",
            "Кухня.md\nОбъём [[Чайник|чайника]] — 1,5 литра.",
        ),
    ],
)
def test_a_line_and_a_property_are_statements_of_their_own(code, one, other):
    assert codes(one, other) == [code]


def test_a_property_is_found_where_it_stands():
    (found,) = check(
        '## Lantern.md\n---\nowner:   "Anna Petrova"\n---\nIt sends letters.\n'
        "## Team.md\nThe owner of [[Lantern]] is Boris Ivanov.\n"
    )
    places = {(found.note, found.span), (found.labels[0].note, found.labels[0].span)}
    assert ("Lantern.md", (14, 26)) in {(note, tuple(span)) for note, span in places}


def test_a_wrapped_paragraph_is_one_statement():
    text = (
        "Kettle.md\nThe kettle that stands in the kitchen beside the window was bought\n"
        "in Riga and its volume is 1.7 litres, which is enough for the\nwhole family on most days.\n"
    )
    assert codes(text, "Kitchen.md\nThe volume of the [[Kettle]] is 1.5 litres.") == ["value-conflict"]
