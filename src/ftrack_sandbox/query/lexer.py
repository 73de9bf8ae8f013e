"""The tokens of a query's text, each with its position."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from ftrack_sandbox.errors import ParseError


class TokenKind(Enum):
    """The kinds of token: a bare word, a quoted text, a sign, or the end of the query."""

    WORD = "word"
    TEXT = "text"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``text`` is without quotes and their escapes."""

    kind: TokenKind
    text: str
    position: int

    def is_word(self, *words: str) -> bool:
        """Return whether this is one of some keywords, in any case."""
        return self.kind is TokenKind.WORD and self.text.lower() in words

    def is_sign(self, *signs: str) -> bool:
        """Return whether this is one of some signs."""
        return self.kind is TokenKind.SIGN and self.text in signs

    def __str__(self) -> str:
        return "the end of the query" if self.kind is TokenKind.END else repr(self.text)


_PATTERN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<sign><=|>=|!=|[<>=(),])
      | (?P<word>(?:[^\s"'(),<>=!]|!(?!=))+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_SPACE = re.compile(r"\s*")
#: Other backslashes stay: "\%" is for "like" to understand, as in MySQL.
_ESCAPE = re.compile(r"""\\(["'\\])""")


def tokens(text: str) -> list[Token]:
    """Return the tokens of a query, the last of them its end.

    Raises:
        ParseError: A quoted text does not end, or something is not a character at all.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ParseError("Half of a surrogate pair is not a character", position=error.start) from None
    found: list[Token] = []
    position = 0
    while match := _PATTERN.match(text, position):
        kind = TokenKind(match.lastgroup)
        value = match[kind.value]
        if kind is TokenKind.TEXT:
            value = _ESCAPE.sub(r"\1", value[1:-1])
        found.append(Token(kind, value, match.start(kind.value)))
        position = match.end()
    position = _SPACE.match(text, position).end()  # type: ignore[union-attr]  # matches the empty text too
    if position < len(text):
        raise ParseError("The quoted text that begins here does not end", position=position)
    return [*found, Token(TokenKind.END, "", len(text))]
