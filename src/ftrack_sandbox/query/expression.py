"""A parsed query."""

from __future__ import annotations

from dataclasses import dataclass

#: The steps of a path: names of attributes, each with the type that it is cast to, if it is: ``parent[Shot]``.
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is written; only a bare one can be ``none``."""

    text: str
    quoted: bool
    position: int

    @property
    def is_none(self) -> bool:
        """Whether it stands for null."""
        return not self.quoted and self.text.lower() == "none"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``path operator value``; the operator is one of ``= != < <= > >= like not_like``."""

    path: Path
    operator: str
    value: Value
    position: int


@dataclass(frozen=True, slots=True)
class Membership:
    """``path in (...)`` or ``path not_in (...)``, of values or of what a query finds."""

    path: Path
    among: tuple[Value, ...] | Query
    negated: bool
    position: int


@dataclass(frozen=True, slots=True)
class Related:
    """``path has (...)`` or ``path any (...)``; without criteria, that there is a related entity."""

    path: Path
    quantifier: str
    criteria: Criteria | None
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    criteria: Criteria


@dataclass(frozen=True, slots=True)
class Combined:
    """Criteria of which all (``and``) or at least one (``or``) must hold."""

    word: str
    parts: tuple[Criteria, ...]


Criteria = Comparison | Membership | Related | Not | Combined


@dataclass(frozen=True, slots=True)
class Term:
    """A path after ``select``, ``order by`` or ``group by``, or a function of one: ``count(id)``."""

    path: Path
    position: int
    function: str | None = None

    @property
    def name(self) -> str:
        """Name of the term in the row of a grouped query."""
        path = ".".join(self.path)
        return path if self.function is None else f"{self.function}_{path}"


@dataclass(frozen=True, slots=True)
class Order:
    """One term to order by."""

    term: Term
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; ``projections`` is empty when the text has no ``select``."""

    type_name: str
    position: int
    projections: tuple[Term, ...] = ()
    criteria: Criteria | None = None
    order: tuple[Order, ...] = ()
    group: tuple[Term, ...] = ()
    limit: int | None = None
    offset: int = 0

    @property
    def is_grouped(self) -> bool:
        """Whether it asks for rows of aggregates instead of entities."""
        return bool(self.group) or any(term.function for term in self.projections)
