"""Makes plain data fit a JSON schema, as far as nothing has to be invented.

Understands the part of JSON Schema that slots use: object, array, string, integer, number, boolean, `enum`,
`default`, `required`, `properties`, `items`. What is given back always fits; `ValueError` says why nothing
does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_DEEPEST = 12
_MOST = 2_000  # items of a list
_KEYS = {  # keys that models translate or name otherwise
    "requirements": "требования требование requirement reqs demands items list 需求 要求",
    "quote": "цитата цитаты quotes citation source evidence 引用",
    "text": "текст description statement описание requirement требование content step шаг action 文本 描述",
    "kind": "вид тип type category категория 类型",
    "priority": "приоритет importance level modality важность 优先级",
    "name": "имя название title function function_name class identifier component module 名称 名字",
    "purpose": "назначение цель goal description описание summary docstring doc responsibility 目的",
    "code": "код body source implementation python solution function тело answer 代码",
    "steps": "шаги pseudocode псевдокод algorithm procedure instructions 步骤",
    "components": "компоненты modules модули component architecture 组件",
    "functions": "функции methods interface interfaces operations function методы 函数",
    "types": "типы data_types classes dataclasses datatypes models data структуры 类型",
    "fields": "поля attributes properties members 字段",
    "parameters": "параметры arguments args params inputs аргументы 参数",
    "returns": "возвращает return return_type output result возврат 返回",
    "type": "тип annotation kind 类型",
    "needs": "зависимости dependencies depends_on imports uses требует 依赖",
    "depth": "level indent уровень глубина",
    "tests": "тесты cases test_cases 测试",
    "owner": "владелец component компонент",
    "call": "вызов input invocation",
    "expected": "ожидается output result expect ожидаемое",
}
_VALUES = {  # enum values that models translate or name otherwise
    "function": "функция функциональное functional feature action behaviour behavior 功能",
    "constraint": "ограничение limit limitation restriction лимит условие 约束",
    "prohibition": "запрет forbidden prohibited must-not must_not ban запрещено 禁止",
    "data": "данные format storage формат 数据",
    "interface": "интерфейс ui api cli 接口",
    "quality": "качество nonfunctional non-functional performance нефункциональное usability 质量",
    "must": "обязательно должен должна должно высокий high required mandatory shall critical нужно 必须",
    "should": "желательно следует средний medium recommended important 应该",
    "may": "можно может низкий low optional nice-to-have could необязательно 可以",
}
_TRUE = frozenset(["true", "yes", "да", "истина", "1", "верно"])
_FALSE = frozenset(["false", "no", "нет", "ложь", "0", "неверно"])
_WRAPPERS = frozenset(
    [
        "result",
        "results",
        "response",
        "answer",
        "output",
        "data",
        "json",
        "arguments",
        "parameters",
        "ответ",
        "результат",
    ]
)


def fit(value: Any, schema: Mapping[str, Any], where: str = "reply", depth: int = 0) -> Any:
    """`value` as the schema wants it.

    Raises:
        ValueError: it cannot be made to fit.
    """
    if depth > _DEEPEST:
        raise ValueError(f"{where}: nested too deep")
    if "enum" in schema:
        return _enum(value, schema, where)
    kind = schema.get("type")
    if kind == "object":
        return _object(value, schema, where, depth)
    if kind == "array":
        return _array(value, schema, where, depth)
    if kind == "string":
        return _string(value, schema, where)
    if kind in ("integer", "number"):
        return _number(value, schema, where)
    if kind == "boolean":
        return _boolean(value, where)
    return value


def _object(value: Any, schema: Mapping[str, Any], where: str, depth: int) -> dict[str, Any]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    value = _opened(value)
    only = _only_list(schema)
    if isinstance(value, list):
        inner = [_named(v, properties) for v in value if isinstance(v, dict)]
        if only and inner and all(isinstance(v.get(only), list) for v in inner):
            value = {only: [item for v in inner for item in v[only]]}
        elif only:
            value = {only: value}
        elif len(value) == 1:
            value = _opened(value[0])
    if isinstance(value, str):
        value = _from_text(value, schema)
    if not isinstance(value, dict):
        raise ValueError(f"{where}: an object is wanted, not {type(value).__name__}")
    named = _named(value, properties)
    if not named:
        wrapped = [_opened(v) for k, v in value.items() if len(value) == 1 or _bare(k) in _WRAPPERS]
        wrapped = [v for v in wrapped if isinstance(v, (dict, list))]
        if len(wrapped) == 1:
            return _object(wrapped[0], schema, where, depth + 1)
    if only and only not in named and depth < _DEEPEST - 1:
        return {only: _array([value], properties[only], f"{where}.{only}", depth + 1)}
    out: dict[str, Any] = {}
    for name, inner_schema in properties.items():
        if name in named:
            try:
                out[name] = fit(named[name], inner_schema, f"{where}.{name}", depth + 1)
                continue
            except ValueError:
                if "default" not in inner_schema:
                    raise
        if "default" in inner_schema:
            out[name] = inner_schema["default"]
        elif name in schema.get("required", ()):
            raise ValueError(f"{where}: {name} is missing")
    return out


def _array(value: Any, schema: Mapping[str, Any], where: str, depth: int) -> list[Any]:
    items: Mapping[str, Any] = schema.get("items", {})
    value = _opened(value)
    if value is None or value in ("", {}, "[]", "none", "None"):
        return []
    if isinstance(value, str):
        parts = re.split(r"\s*[,;\n]\s*", value.strip()) if items.get("type") == "string" else [value]
        value = [p.strip(" -*•\"'") for p in parts] if len(parts) > 1 else parts
    if isinstance(value, dict):
        value = _listed(value, items)
    if not isinstance(value, (list, tuple)):
        value = [value]
    out, problem = [], None
    for number, item in enumerate(value[:_MOST]):
        if item is None or item in ("", "..."):
            continue
        try:
            out.append(fit(item, items, f"{where}[{number}]", depth + 1))
        except ValueError as error:
            problem = error
    if problem is not None and not out:
        raise problem
    most = schema.get("maxItems")
    return out[:most] if most else out


def _listed(value: dict[str, Any], items: Mapping[str, Any]) -> list[Any]:
    """The items of a list that came as one object: itself one item, or its items under their names."""
    properties = items.get("properties", {})
    if items.get("type") != "object":
        return (
            list(value)
            if all(v is None or v in (True, "", {}) for v in value.values())
            else list(value.values())
        )
    if _named(value, properties) and not all(isinstance(v, (dict, list)) for v in value.values()):
        if set(properties) == {"name", "type"} and not _named(value, properties).keys() >= {"name", "type"}:
            return [{"name": k, "type": v} for k, v in value.items()]
        return [value]
    if all(isinstance(v, dict) for v in value.values()):
        name = next((n for n in ("name", "text", "id") if n in properties), "")
        return [({name: k} if name else {}) | v for k, v in value.items()]
    if {"name", "type"} <= set(properties):
        return [{"name": k, "type": v} for k, v in value.items()]
    inner = [v for v in value.values() if isinstance(v, list)]
    return inner[0] if len(inner) == 1 else [value]


def _string(value: Any, schema: Mapping[str, Any], where: str) -> str:
    if isinstance(value, bool) or value is None:
        if "default" in schema and value is None:
            return str(schema["default"])
        raise ValueError(f"{where}: a text is wanted, not {value}")
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(v, (str, int, float)) for v in value):
        return "\n".join(map(str, value))
    if isinstance(value, dict) and len(value) == 1:
        return _string(next(iter(value.values())), schema, where)
    if not isinstance(value, str):
        raise ValueError(f"{where}: a text is wanted, not {type(value).__name__}")
    if len(value) < schema.get("minLength", 0):
        raise ValueError(f"{where}: it is empty")
    return value


def _number(value: Any, schema: Mapping[str, Any], where: str) -> int | float:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        found = re.search(r"-?\d+(?:[.,]\d+)?", value)
        value = float(found[0].replace(",", ".")) if found and len(value) < 40 else value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e15:
        raise ValueError(f"{where}: a number is wanted, not {value!r:.40}")
    if schema["type"] == "integer":
        if value != int(value):
            raise ValueError(f"{where}: a whole number is wanted, not {value}")
        value = int(value)
    number: int | float = value
    low, high = schema.get("minimum"), schema.get("maximum")
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(f"{where}: {number} is out of range")
    return number


def _boolean(value: Any, where: str) -> bool:
    if isinstance(value, bool):
        return value
    low = str(value).strip().lower()
    if low in _TRUE or low in _FALSE:
        return low in _TRUE
    raise ValueError(f"{where}: true or false is wanted, not {value!r:.40}")


def _enum(value: Any, schema: Mapping[str, Any], where: str) -> Any:
    choices = schema["enum"]
    if value in choices and not isinstance(value, bool):
        return value
    if isinstance(value, list) and value:
        value = value[0]
    low = str(value).strip().strip("\"'`.").lower()
    for choice in choices:
        if low == str(choice).lower() or low in _VALUES.get(str(choice), "").split():
            return choice
    words = re.findall(r"[\w-]+", low)[:20]
    for word in words:
        for choice in choices:
            if word == str(choice).lower() or word in _VALUES.get(str(choice), "").split():
                return choice
    if "default" in schema:
        return schema["default"]
    raise ValueError(f"{where}: one of {', '.join(map(str, choices))} is wanted, not {value!r:.40}")


def _opened(value: Any) -> Any:
    """JSON that stands in a string, opened."""
    for _ in range(3):
        if not isinstance(value, str) or value.strip()[:1] not in ("{", "["):
            return value
        try:
            value = json.loads(value, strict=False)
        except (ValueError, RecursionError):
            return value
    return value


def _bare(key: Any) -> str:
    text = re.sub(r"(?<=[a-zа-я])(?=[A-ZА-Я])", "_", str(key).strip().strip("\"'`*:"))
    return re.sub(r"[\s-]+", "_", text).lower()


def _named(value: Mapping[Any, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """The members under the names that the schema has for them."""
    out: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for key, inner in value.items():
        bare = _bare(key)
        target = out if bare in properties else rest
        target.setdefault(bare, inner)
    for name in properties:
        if name not in out:
            alias = next((k for k in rest if k in _KEYS.get(name, "").split()), None)
            if alias is not None:
                out[name] = rest.pop(alias)
    return out


def _only_list(schema: Mapping[str, Any]) -> str:
    """The name of the one list that an object holds, where that is all that it must hold."""
    properties = schema.get("properties", {})
    lists = [n for n, s in properties.items() if s.get("type") == "array"]
    others = [n for n in schema.get("required", ()) if n not in lists and "default" not in properties[n]]
    return lists[0] if len(lists) == 1 and not others else ""


def _from_text(text: str, schema: Mapping[str, Any]) -> Any:
    """An object from a bare text, where the text is the one thing that it must hold."""
    properties = schema.get("properties", {})
    wanted = [n for n in schema.get("required", ()) if "default" not in properties[n]]
    if len(wanted) == 1 and properties[wanted[0]].get("type") == "string" and text.strip():
        return {wanted[0]: text}
    return text
