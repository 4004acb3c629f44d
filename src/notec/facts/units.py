"""Units of measure: how they are written in Russian and English, and what they are.

Forms map to names that pint knows. The dimension of a unit is told here, because to pint a bit has
no dimension, and so that pint is loaded only when two different units must be compared.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

# ending classes of Russian nouns
_MASCULINE = ("", "а", "у", "ом", "е", "ы", "ов", "ам", "ами", "ах")
_FEMININE = ("а", "ы", "е", "у", "ой", "", "ам", "ами", "ах")

# pint's name: (dimension, Russian stem with endings, English words, abbreviations as written)
_DECIMAL_RU = {"": "", "кило": "kilo", "мега": "mega", "гига": "giga", "тера": "tera", "пета": "peta"}
_BINARY_RU = {"киби": "kibi", "меби": "mebi", "гиби": "gibi", "теби": "tebi"}
_SMALL_RU = {"": "", "милли": "milli", "микро": "micro", "нано": "nano"}

_DIMENSION: dict[str, str] = {
    "second": "time", "minute": "time", "hour": "time", "day": "time", "week": "time", "month": "time",
    "year": "time", "century": "time", "byte": "information", "bit": "information", "hertz": "frequency",
    "watt": "power", "watt_hour": "energy", "joule": "energy", "calorie": "energy", "meter": "length",
    "inch": "length", "foot": "length", "yard": "length", "mile": "length", "gram": "mass", "pound": "mass",
    "ounce": "mass", "metric_ton": "mass", "liter": "volume", "meter**3": "volume", "gallon": "volume",
    "tablespoon": "volume", "teaspoon": "volume",
    "meter**2": "area", "hectare": "area", "acre": "area", "volt": "voltage", "ampere": "current",
    "ampere_hour": "charge", "ohm": "resistance", "newton": "force", "pascal": "pressure",
    "atmosphere": "pressure", "degC": "temperature", "degF": "temperature", "kelvin": "temperature",
    "degree": "angle", "radian": "angle", "percent": "ratio", "ratio": "ratio", "times": "times",
    "ordinal": "ordinal", "decibel": "loudness", "horsepower": "power", "lumen": "light",
    "percentage_point": "percentage_point", "permille": "ratio",
}  # fmt: skip
_PREFIXES = (
    "kilo", "mega", "giga", "tera", "peta", "exa", "kibi", "mebi", "gibi", "tebi", "pebi",
    "milli", "micro", "nano", "centi", "deci",
)  # fmt: skip


def _words() -> dict[str, str]:
    """Whole words in lower case, every Russian form."""
    table: dict[str, str] = {}

    def russian(unit: str, stem: str, endings: tuple[str, ...]) -> None:
        table.update((stem + ending, unit) for ending in endings)

    bits = {"бит": "bit", "байт": "byte"}
    for prefix, latin in (_DECIMAL_RU | _BINARY_RU).items():
        for stem, unit in bits.items():
            russian(latin + unit, prefix + stem, _MASCULINE)
    for stem, unit in {"герц": "hertz", "ватт": "watt", "вольт": "volt", "джоул": "joule"}.items():
        for prefix, latin in (_DECIMAL_RU | _SMALL_RU).items():
            russian(
                latin + unit, prefix + stem, _MASCULINE if stem != "джоул" else ("ь", "я", "ю", "ей", "и")
            )
    for stem, unit in {"ампер": "ampere", "грамм": "gram", "литр": "liter", "метр": "meter"}.items():
        for prefix, latin in (_SMALL_RU | {"кило": "kilo", "санти": "centi", "деци": "deci"}).items():
            russian(latin + unit, prefix + stem, _MASCULINE)
    for prefix, latin in _SMALL_RU.items():
        russian(latin + "second", prefix + "секунд", _FEMININE)
    for stem, unit in {
        "минут": "minute", "тонн": "metric_ton", "атмосфер": "atmosphere",
    }.items():  # fmt: skip
        russian(unit, stem, _FEMININE)
    for stem, unit in {
        "час": "hour", "год": "year", "процент": "percent", "градус": "degree", "дюйм": "inch", "фут": "foot",
        "ярд": "yard", "фунт": "pound", "гектар": "hectare", "акр": "acre", "ньютон": "newton",
        "кельвин": "kelvin", "децибел": "decibel", "век": "century",
    }.items():  # fmt: skip
        russian(unit, stem, _MASCULINE)
    russian("pascal", "паскал", ("ь", "я", "ю", "ем", "е", "и", "ей", "ям", "ями", "ях"))
    russian("kilopascal", "килопаскал", ("ь", "я", "ю", "ем", "е", "и", "ей", "ям", "ями", "ях"))
    russian("meter**3", "кубометр", _MASCULINE)
    russian("mile", "мил", ("я", "и", "е", "ю", "ей", "ь", "ям", "ями", "ях"))
    russian("week", "недел", ("я", "и", "е", "ю", "ей", "ь", "ям", "ями", "ях"))
    russian("month", "месяц", ("", "а", "у", "ем", "е", "ы", "ев", "ам", "ами", "ах"))
    russian("calorie", "калори", ("я", "и", "ю", "ей", "й", "ям", "ями", "ях"))
    russian("kilocalorie", "килокалори", ("я", "и", "ю", "ей", "й", "ям", "ями", "ях"))
    russian("day", "д", ("ень", "ня", "ню", "нем", "не", "ни", "ней", "ням", "нями", "нях"))
    russian("day", "сут", ("ки", "ок", "кам", "ками", "ках"))
    russian("year", "лет", ("", "ам", "ами", "ах"))
    russian("times", "раз", ("", "а"))
    english = {
        "second": "second seconds sec secs", "minute": "minute minutes min mins", "hour": "hour hours hr hrs",
        "day": "day days", "week": "week weeks", "month": "month months", "year": "year years yr yrs",
        "century": "century centuries", "percent": "percent pct", "degree": "degree degrees",
        "times": "times",
        "inch": "inch inches", "foot": "foot feet ft", "yard": "yard yards", "mile": "mile miles",
        "pound": "pound pounds lb lbs", "ounce": "ounce ounces oz", "metric_ton": "ton tons tonne tonnes",
        "gallon": "gallon gallons", "hectare": "hectare hectares", "acre": "acre acres", "mile/hour": "mph",
        "newton": "newton newtons", "kelvin": "kelvin kelvins",
        "decibel": "decibel decibels db", "horsepower": "horsepower hp", "calorie": "calorie calories",
        "frame/second": "fps", "revolution/minute": "rpm", "kilobit/second": "kbps", "megabit/second": "mbps",
        "gigabit/second": "gbps", "kilometer/hour": "kph", "kilocalorie": "kcal", "lumen": "lumens",
    }  # fmt: skip
    for unit, forms in english.items():
        table.update((form, unit) for form in forms.split())
    scaled = {
        ("byte", "bit"): ("", "kilo", "mega", "giga", "tera", "peta", "exa", "kibi", "mebi", "gibi", "tebi"),
        ("hertz", "watt", "volt", "joule", "ampere"): ("", "kilo", "mega", "giga", "milli", "tera"),
        ("meter", "metre", "gram", "liter", "litre"): ("", "kilo", "centi", "milli", "micro", "nano"),
        ("second",): ("milli", "micro", "nano"),
    }
    for bases, prefixes in scaled.items():
        for base in bases:
            unit = {"metre": "meter", "litre": "liter"}.get(base, base)
            for prefix in prefixes:
                table[prefix + base] = table[prefix + base + "s"] = prefix + unit
    table["amp"] = table["amps"] = "ampere"
    table["kilo"] = table["kilos"] = table["кило"] = "kilogram"
    money = {
        "RUB": ("рубл", ("ь", "я", "ю", "ем", "е", "и", "ей", "ям", "ями", "ях")),
        "USD": ("доллар", _MASCULINE), "JPY": ("иен", _FEMININE), "CNY": ("юан", ("ь", "я", "ю", "ем",
        "и", "ей", "ям")),
        "UAH": ("грив", ("на", "ны", "ну", "ен", "нам")), "KZT": ("тенге", ("",)),
        "GBP": ("стерлинг", _MASCULINE),
    }  # fmt: skip
    for code, (stem, endings) in money.items():
        russian("currency:" + code, stem, endings)
    words = {
        "RUB": "руб rub ruble rubles rouble roubles", "USD": "usd dollar dollars бакс бакса баксов",
        "EUR": "евро eur euro euros", "GBP": "gbp", "JPY": "jpy yen", "CNY": "cny yuan", "CHF": "chf",
        "BTC": "btc",
    }  # fmt: skip
    for code, forms in words.items():
        table.update((form, "currency:" + code) for form in forms.split())
    for unit, (stem, endings) in {"RUB": ("копе", ("йка", "йки", "йку", "ек"))}.items():
        russian("cent:" + unit, stem, endings)
    table["cent"] = table["cents"] = table["цент"] = table["цента"] = table["центов"] = "cent:USD"
    return table


def _abbreviations() -> dict[str, str]:
    """Short forms, which depend on case: `мВт` is not `МВт`."""
    table = {
        "с": "second", "сек": "second", "мс": "millisecond", "мкс": "microsecond", "нс": "nanosecond",
        "мин": "minute", "ч": "hour", "сут": "day", "нед": "week", "мес": "month", "г": "gram",
        "кг": "kilogram",
        "мг": "milligram", "мкг": "microgram", "т": "metric_ton", "м": "meter", "км": "kilometer",
        "см": "centimeter", "мм": "millimeter", "мкм": "micrometer", "нм": "nanometer", "дм": "decimeter",
        "л": "liter", "мл": "milliliter", "В": "volt", "кВ": "kilovolt", "мВ": "millivolt", "А": "ampere",
        "мА": "milliampere", "А·ч": "ampere_hour", "Ач": "ampere_hour",
        "Ah": "ampere_hour", "мА·ч": "milliampere_hour", "мАч": "milliampere_hour", "Дж": "joule",
        "кДж": "kilojoule", "Вт": "watt", "кВт": "kilowatt", "МВт": "megawatt", "ГВт": "gigawatt",
        "мВт": "milliwatt", "Вт·ч": "watt_hour", "кВт·ч": "kilowatt_hour", "МВт·ч": "megawatt_hour",
        "кВт*ч": "kilowatt_hour", "кВтч": "kilowatt_hour", "Втч": "watt_hour", "кВт-ч": "kilowatt_hour",
        "Гц": "hertz", "кГц": "kilohertz", "МГц": "megahertz", "ГГц": "gigahertz", "ТГц": "terahertz",
        "га": "hectare", "дБ": "decibel", "Н": "newton", "Па": "pascal", "кПа": "kilopascal",
        "МПа": "megapascal",
        "Ом": "ohm", "кОм": "kiloohm", "атм": "atmosphere", "ккал": "kilocalorie", "дюйм": "inch",
        "м²": "meter**2", "м2": "meter**2", "м³": "meter**3", "м3": "meter**3", "км²": "kilometer**2",
        "km²": "kilometer**2", "m²": "meter**2", "m2": "meter**2", "m³": "meter**3", "m3": "meter**3",
        "р": "currency:RUB", "Б": "byte", "кал": "calorie", "s": "second", "ms": "millisecond",
        "µs": "microsecond", "μs": "microsecond", "us": "microsecond", "ns": "nanosecond", "h": "hour",
        "m": "meter", "km": "kilometer", "cm": "centimeter", "mm": "millimeter", "nm": "nanometer",
        "µm": "micrometer", "g": "gram", "kg": "kilogram", "mg": "milligram", "t": "metric_ton", "L": "liter",
        "l": "liter", "ml": "milliliter", "mL": "milliliter", "V": "volt", "kV": "kilovolt",
        "mV": "millivolt",
        "A": "ampere", "mA": "milliampere", "mAh": "milliampere_hour", "W": "watt", "kW": "kilowatt",
        "MW": "megawatt", "GW": "gigawatt", "mW": "milliwatt", "Wh": "watt_hour", "kWh": "kilowatt_hour",
        "MWh": "megawatt_hour", "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz",
        "THz": "terahertz", "J": "joule", "kJ": "kilojoule", "dB": "decibel", "Pa": "pascal",
        "kPa": "kilopascal",
        "B": "byte", "bit": "bit", "Mbps": "megabit/second", "Gbps": "gigabit/second",
        "kbps": "kilobit/second",
        "MBps": "megabyte/second", "GBps": "gigabyte/second", "°": "degree", "°C": "degC", "°С": "degC",
        "℃": "degC", "ºC": "degC", "°F": "degF", "K": "kelvin", "К": "kelvin", "%": "percent",
        "‰": "permille",
        "пп": "percentage_point", "pp": "percentage_point", "x": "times", "×": "times", "х": "times",
        "$": "currency:USD", "€": "currency:EUR", "£": "currency:GBP", "₽": "currency:RUB",
        "¥": "currency:JPY",
        "₴": "currency:UAH", "₸": "currency:KZT", "₿": "currency:BTC", "″": "inch", "бит": "bit",
    }  # fmt: skip
    latin = {"K": "kilo", "k": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta"}
    for letter, prefix in latin.items():
        table[letter + "B"] = prefix + "byte"
        table[letter + "b"] = table[letter + "bit"] = prefix + "bit"
        table[letter.upper() + "iB"] = prefix[:2] + "bibyte"
    russian = {"К": "kilo", "к": "kilo", "М": "mega", "Г": "giga", "Т": "tera", "П": "peta"}
    for letter, prefix in russian.items():
        table[letter + "Б"] = table[letter + "б"] = prefix + "byte"  # Гб is what people write for ГБ
        table[letter + "байт"] = prefix + "byte"
        table[letter + "бит"] = prefix + "bit"
        table[letter.upper() + "иБ"] = prefix[:2] + "bibyte"
    return table


@cache
def _tables() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    words, short = _words(), _abbreviations()
    loose: dict[str, str] = {}
    clash: set[str] = set()
    for form, unit in short.items():
        low = form.lower()
        if len(low) > 1 and loose.setdefault(low, unit) != unit:
            clash.add(low)
    for letter, prefix in {"k": "kilo", "m": "mega", "g": "giga", "t": "tera"}.items():
        loose[letter + "b"] = prefix + "byte"  # in lower case people mean bytes
        clash.discard(letter + "b")
    return words, short, {form: unit for form, unit in loose.items() if form not in clash}


@lru_cache(maxsize=8192)
def unit_of(form: str) -> str:
    """The unit that one written form names ("гигабайтов", "ГБ", "km/h", "$"); empty if none.

    A form with a slash is a rate of two units. Letters of either case are taken where only one
    unit is meant ("mhz", "гц").
    """
    words, short, loose = _tables()
    if form in short:
        return short[form]
    low = form.lower().replace("ё", "е")
    if low in words:
        return words[low]
    if "/" in form:
        over, _, under = form.partition("/")
        top, bottom = unit_of(over), unit_of(under)
        return f"{top}/{bottom}" if top and bottom and "/" not in bottom + top else ""
    return loose.get(low, "")


def is_word(form: str) -> bool:
    """Whether a form is a whole word for a unit ("секунд"), not an abbreviation."""
    return form in _tables()[0]


@lru_cache(maxsize=1024)
def dimension(unit: str) -> str:
    """What a unit measures: `time`, `information`, `length/time`, `currency:RUB`; empty for none."""
    if not unit:
        return ""
    if "/" in unit:
        over, _, under = unit.partition("/")
        return f"{dimension(over)}/{dimension(under)}"
    if unit.startswith(("currency:", "cent:")):
        return "currency:" + unit.partition(":")[2]
    found = _DIMENSION.get(unit)
    if found is None:
        for prefix in _PREFIXES:
            if unit.startswith(prefix) and unit[len(prefix) :].removesuffix("**2").removesuffix("**3"):
                found = _DIMENSION.get(unit[len(prefix) :])
                break
    return found or unit


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


_OWN = {
    "percent": 0.01,
    "permille": 0.001,
    "ratio": 1.0,
    "times": 1.0,
    "ordinal": 1.0,
    "percentage_point": 1.0,
}


@lru_cache(maxsize=4096)
def to_base(value: float, unit: str) -> float:
    """`value` of `unit` in the base unit of its dimension (second, byte, metre, ...).

    What pint does not know (percent, money, counted things) is scaled here.
    """
    if not unit or (unit.startswith("currency:") and "/" not in unit):
        return value
    if unit.startswith("cent:") and "/" not in unit:
        return value / 100
    if unit in _OWN:
        return value * _OWN[unit]
    if unit in ("degC", "degF"):
        return float(_registry().Quantity(value, unit).to("kelvin").magnitude)
    return value * _factor(unit)


@cache
def _factor(unit: str) -> float:
    if "/" in unit:
        over, _, under = unit.partition("/")
        return _factor(over) / _factor(under)
    if unit in _OWN or unit.startswith(("currency:", "cent:")):
        return to_base(1.0, unit)
    if dimension(unit) == unit:  # nothing that pint knows: frames, tokens
        return 1.0
    base = {"information": "byte", "time": "second"}.get(dimension(unit))
    quantity = _registry().Quantity(1.0, unit)
    return float((quantity.to(base) if base else quantity.to_base_units()).magnitude)
