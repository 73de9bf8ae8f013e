"""The parser of the query language.

::

    [select TERM, TERM from] Type [where CRITERIA] [order by PATH [asc|desc], ...] [group by PATH, ...]
        [limit N] [offset N]

``not`` binds tighter than ``and``, ``and`` tighter than ``or``. Keywords may be in any case. A step of a path may cast
what it leads to: ``parent[Shot].name``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from ftrack_sandbox.errors import ParseError
from ftrack_sandbox.query.expression import (
    Combined,
    Comparison,
    Criteria,
    Membership,
    Not,
    Order,
    Path,
    Query,
    Related,
    Term,
    Value,
)
from ftrack_sandbox.query.lexer import Token, TokenKind, tokens

_Item = TypeVar("_Item")

#: How deep parentheses, subqueries and the steps of paths may be nested, all together.
MAX_NESTING: Final = 50

FUNCTIONS: Final = ("count", "sum", "min", "max", "avg")

_OPERATORS: Final[Mapping[str, str]] = {
    "is": "=",
    "=": "=",
    "is_not": "!=",
    "!=": "!=",
    ">": ">",
    "after": ">",
    "greater_than": ">",
    "<": "<",
    "before": "<",
    "less_than": "<",
    ">=": ">=",
    "<=": "<=",
    "like": "like",
    "not_like": "not_like",
}
_CLAUSES: Final = ("where", "order", "group", "limit", "offset")
_PATH: Final = re.compile(r"{step}(\.{step})*".format(step=r"[A-Za-z_]\w*(\[[A-Za-z_]\w*\])?"))
_COUNT: Final = re.compile(r"[0-9]{1,18}")


def parse(text: str) -> Query:
    """Return what a query says.

    Raises:
        ParseError: The text is wrong, or nested too deep; says where.
    """
    return _Parser(tokens(text)).whole_query()


class _Parser:
    """Walks along the tokens; one method per rule of the language."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._index = 0
        self._depth = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._next
        if token.kind is not TokenKind.END:
            self._index += 1
        return token

    def _take_word(self, *words: str) -> bool:
        if self._next.is_word(*words):
            self._take()
            return True
        return False

    def _take_sign(self, sign: str) -> bool:
        if self._next.is_sign(sign):
            self._take()
            return True
        return False

    def _expect_sign(self, sign: str, purpose: str) -> None:
        if not self._take_sign(sign):
            raise self._surprise(f"{sign!r} {purpose}")

    def _expect_word(self, word: str) -> None:
        if not self._take_word(word):
            raise self._surprise(repr(word))

    def _surprise(self, wanted: str) -> ParseError:
        return ParseError(f"Expected {wanted}, found {self._next}", position=self._next.position)

    def whole_query(self) -> Query:
        query = self._query()
        if self._next.kind is not TokenKind.END:
            raise self._surprise("'and', 'or' or one of 'where', 'order by', 'group by', 'limit', 'offset'")
        return query

    def _query(self) -> Query:
        projections: list[Term] = []
        if self._take_word("select"):
            projections = self._separate(self._term)
            self._expect_word("from")
        token = self._take()
        if token.kind is not TokenKind.WORD:
            raise ParseError(f"Expected an entity type, found {token}", position=token.position)
        parts: dict[str, Any] = {}
        while self._next.is_word(*_CLAUSES):
            token_of_clause = self._take()
            clause = token_of_clause.text.lower()
            if clause in parts:
                raise ParseError(f"{clause!r} occurs twice", position=token_of_clause.position)
            parts[clause] = self._clause(clause)
        return Query(
            type_name=token.text,
            position=token.position,
            projections=tuple(projections),
            criteria=parts.get("where"),
            order=tuple(parts.get("order", ())),
            group=tuple(parts.get("group", ())),
            limit=parts.get("limit"),
            offset=parts.get("offset", 0),
        )

    def _clause(self, clause: str) -> Any:
        if clause == "where":
            return self._any_of()
        if clause in ("limit", "offset"):
            return self._count()
        self._expect_word("by")
        return self._separate(self._order if clause == "order" else self._plain_term)

    def _separate(self, item: Callable[[], _Item]) -> list[_Item]:
        items = [item()]
        while self._take_sign(","):
            items.append(item())
        return items

    def _count(self) -> int:
        token = self._take()
        if not _COUNT.fullmatch(token.text):
            raise ParseError(f"Expected a whole number, found {token}", position=token.position)
        return int(token.text)

    def _path(self) -> tuple[Path, int]:
        token = self._next
        if token.kind is not TokenKind.WORD or not _PATH.fullmatch(token.text):
            raise self._surprise("an attribute")
        self._take()
        path = tuple(token.text.split("."))
        with self._deeper(len(path) - 1, token.position):
            return path, token.position

    def _plain_term(self) -> Term:
        return Term(*self._path())

    def _term(self) -> Term:
        path, position = self._path()
        if not self._take_sign("("):
            return Term(path, position)
        function = ".".join(path).lower()
        if function not in FUNCTIONS:
            raise ParseError(f"There is no function {function!r}, only {', '.join(FUNCTIONS)}", position=position)
        path, _ = self._path()
        self._expect_sign(")", f"after the attribute of {function!r}")
        return Term(path, position, function)

    def _order(self) -> Order:
        term = self._term()
        if self._take_word("descending", "desc"):
            return Order(term, descending=True)
        self._take_word("ascending", "asc")
        return Order(term, descending=False)

    @contextmanager
    def _deeper(self, levels: int, position: int) -> Iterator[None]:
        self._depth += levels
        if self._depth > MAX_NESTING:
            raise ParseError(f"Nested deeper than {MAX_NESTING} levels", position=position)
        yield
        self._depth -= levels

    def _any_of(self) -> Criteria:
        return self._combine("or", self._all_of)

    def _all_of(self) -> Criteria:
        return self._combine("and", self._condition)

    def _combine(self, word: str, part: Callable[[], Criteria]) -> Criteria:
        parts = [part()]
        while self._take_word(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Combined(word, tuple(parts))

    def _condition(self) -> Criteria:
        negated = False
        while self._next.is_word("not"):
            self._take()
            negated = not negated
        criteria = self._group() if self._next.is_sign("(") else self._test()
        return Not(criteria) if negated else criteria

    def _group(self) -> Criteria:
        opening = self._take()
        with self._deeper(1, opening.position):
            criteria = self._any_of()
        self._expect_sign(")", f"for the one at character {opening.position}")
        return criteria

    def _test(self) -> Criteria:
        path, position = self._path()
        operator = self._take()
        word = operator.text.lower() if operator.kind in (TokenKind.WORD, TokenKind.SIGN) else ""
        if word == "not" and self._next.is_word("in", "like"):
            # AYON writes "not in"; ftrack documents "not_in".
            word = f"not_{self._take().text.lower()}"
        if word in ("in", "not_in"):
            return Membership(path, self._among(), word == "not_in", position)
        if word in ("has", "any"):
            return Related(path, word, self._criteria_of_related(len(path)), position)
        if word not in _OPERATORS:
            raise ParseError(
                f"Expected an operator such as 'is', 'in', 'like' or 'any', found {operator}",
                position=operator.position,
            )
        return Comparison(path, _OPERATORS[word], self._value(), position)

    def _value(self) -> Value:
        if self._next.kind not in (TokenKind.WORD, TokenKind.TEXT):
            raise self._surprise("a value")
        token = self._take()
        return Value(token.text, token.kind is TokenKind.TEXT, token.position)

    def _criteria_of_related(self, levels: int) -> Criteria | None:
        opening = self._next
        self._expect_sign("(", "with the criteria")
        if self._take_sign(")"):
            return None
        with self._deeper(levels, opening.position):
            criteria = self._any_of()
        self._expect_sign(")", f"for the one at character {opening.position}")
        return criteria

    def _among(self) -> tuple[Value, ...] | Query:
        opening = self._next
        self._expect_sign("(", "with values or a query")
        if self._take_sign(")"):
            return ()
        among: tuple[Value, ...] | Query
        if self._next.is_word("select") or self._tokens[self._index + 1].is_word(*_CLAUSES):
            with self._deeper(1, opening.position):
                among = self._query()
        else:
            among = tuple(self._separate(self._value))
        self._expect_sign(")", f"for the one at character {opening.position}")
        return among
