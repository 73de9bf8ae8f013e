"""The forms of actions: ftrack's item types as fields, and the values that go back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData

from ftrack_sandbox.errors import ValidationError

#: Item types with a field of one line or several, as HTML calls them.
_INPUTS = {"text": "text", "textarea": "textarea", "number": "number", "date": "date", "boolean": "checkbox"}


class WrongValuesError(ValidationError):
    """Some fields hold what they cannot hold.

    Attributes:
        sentences: What is wrong, by the field's key.
    """

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(" ".join(sentences.values()))
        self.sentences = sentences


@dataclass(frozen=True)
class Field:
    """An item of a form.

    Attributes:
        key: The field's name on the page: actions may give names that a page cannot use.
        kind: ``label``, ``hidden``, ``select``, ``several``, ``unknown``, or a kind of input: ``text``, ``textarea``,
            ``number``, ``date``, ``checkbox``.
        name: The name under which the action gets the value.
        label: What stands above it.
        value: The value in the form: a label's text, or whatever the action gave.
        hint: Shown while it is empty.
        options: The (key on the page, label) of a list; the keys are positions, since values may be anything.
        values: The values of a list's options, in their order.
    """

    key: str
    kind: str
    name: str = ""
    label: str = ""
    value: Any = None
    hint: str = ""
    options: Sequence[tuple[str, str]] = ()
    values: Sequence[Any] = ()

    @property
    def shown(self) -> Any:
        """The value as the page shows it: a text, a truth, or the keys of the chosen options."""
        if self.kind == "checkbox":
            return self.value in (True, 1, "true", "True", "1")
        if self.kind in {"select", "several"}:
            wanted = self.value if isinstance(self.value, list) else [self.value]
            return [key for (key, _), value in zip(self.options, self.values, strict=True) if value in wanted]
        return _text(self.value)[:10] if self.kind == "date" else _text(self.value)


@dataclass(frozen=True)
class Form:
    """A form as an action sent it.

    Attributes:
        fields: Its items, in order.
        title: The form's title, or empty.
        submit: What stands on the button.
    """

    fields: Sequence[Field]
    title: str
    submit: str


def read_form_data(data: Mapping[str, Any], prefix: str) -> Form:
    """Return the form in an action's answer; items that make no sense are shown as such.

    Args:
        data: The answer.
        prefix: What the keys of the fields begin with, since a page may show several forms.
    """
    items = data.get("items")
    listed = items if isinstance(items, list) else []
    fields = [_field(f"{prefix}-{number}", item) for number, item in enumerate(listed)]
    return Form(fields, _text(data.get("title")), _text(data.get("submit_button_label")) or "Submit")


def values_of(form: Form, sent: FormData) -> dict[str, Any]:
    """Return what a person filled in, with the types that ftrack's web client sends.

    Texts are texts (empty: ``""``); numbers whole or with decimals, booleans true or false, a choice the value of its
    option, several choices a list; an empty number, date or choice is None. A date is midnight without a zone. Hidden
    items come back as the action gave them. (Our choice where ftrack documents nothing: date, None, list.)

    Raises:
        WrongValuesError: A number or date is none.
    """
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in form.fields:
        if not field.name or field.kind in {"label", "unknown"}:
            continue
        try:
            values[field.name] = _value(field, [each for each in sent.getlist(field.key) if isinstance(each, str)])
        except ValueError as error:
            wrong[field.key] = str(error)
    if wrong:
        raise WrongValuesError(wrong)
    return values


def refilled(form: Form, sent: FormData) -> Form:
    """Return the form with what a person filled in, right or wrong."""

    def fill(field: Field) -> Field:
        given = [each for each in sent.getlist(field.key) if isinstance(each, str)]
        value: Any = given[-1] if given else ""
        if field.kind in {"label", "hidden", "unknown"}:
            return field
        if field.kind == "checkbox":
            value = bool(given)
        elif field.kind in {"select", "several"}:
            value = _chosen(field, given)
        return Field(field.key, field.kind, field.name, field.label, value, field.hint, field.options, field.values)

    return Form([fill(field) for field in form.fields], form.title, form.submit)


def _field(key: str, item: Any) -> Field:
    if not isinstance(item, Mapping):
        return Field(key, "unknown", value=item)
    kind = _text(item.get("type"))
    name, label, value = _text(item.get("name")), _text(item.get("label")), item.get("value")
    hint = _text(item.get("empty_text"))
    if kind in {"label", "hidden"}:
        return Field(key, kind, name, label, value)
    if kind == "enumerator":
        data = item.get("data")
        listed = [each for each in data if isinstance(each, Mapping)] if isinstance(data, list) else []
        several = "several" if item.get("multi_select") or item.get("multiSelect") else "select"
        options = [
            (str(place), _text(each.get("label", each.get("name"))) or _text(each.get("value")))
            for place, each in enumerate(listed)
        ]
        return Field(key, several, name, label or name, value, hint, options, [each.get("value") for each in listed])
    if kind in _INPUTS:
        return Field(key, _INPUTS[kind], name, label or name, value, hint)
    return Field(key, "unknown", name, label, kind)


def _value(field: Field, given: Sequence[str]) -> Any:
    text = given[-1] if given else ""
    match field.kind:
        case "hidden":
            value = field.value
        case "checkbox":
            value = bool(given)
        case "number":
            value = _number(field.label, text)
        case "date":
            value = _date(field.label, text)
        case "several":
            value = _chosen(field, given)
        case "select":
            value = next(iter(_chosen(field, given)), None)
        case "textarea":
            # A browser sends what people type with the line ends of the web.
            value = text.replace("\r\n", "\n")
        case _:
            value = text.replace("\r", "").replace("\n", " ")
    return value


def _chosen(field: Field, given: Sequence[str]) -> list[Any]:
    return [value for (key, _), value in zip(field.options, field.values, strict=True) if key in given]


def _number(label: str, text: str) -> int | float | None:
    if not text.strip():
        return None
    with suppress(ValueError):  # it may have decimals
        return int(text)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{label} is not a number: {text[:40]!r}.")
    return number


def _date(label: str, text: str) -> str | None:
    if not text.strip():
        return None
    try:
        return f"{datetime.strptime(text.strip(), '%Y-%m-%d').date().isoformat()}T00:00:00"  # noqa: DTZ007 - a day
    except ValueError:
        raise ValueError(f"{label} is not a day such as 2026-01-31: {text[:40]!r}.") from None


def _text(value: Any) -> str:
    return "" if value is None else str(value)
