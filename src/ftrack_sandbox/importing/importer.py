"""An import from its beginning to its report: step by step, each page of rows written together with how far it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ftrack_sandbox.importing import ledger
from ftrack_sandbox.importing.errors import ImportStoppedError, QueryRefusedError, TooMuchError
from ftrack_sandbox.importing.media import Media, fetch_media
from ftrack_sandbox.importing.people import Pseudonyms
from ftrack_sandbox.importing.selection import NOT_READ, STEPS, Owners, Step
from ftrack_sandbox.importing.shape import Schemas, Shape, shape_of
from ftrack_sandbox.importing.source import Source
from ftrack_sandbox.importing.writing import Counts, Writer
from ftrack_sandbox.media.files import FileStore
from ftrack_sandbox.operations.permissions import ADMINISTRATOR_ROLE_ID
from ftrack_sandbox.schema import standard_catalogue
from ftrack_sandbox.schema.imported import not_kept, unknown_types
from ftrack_sandbox.schema.tables import quote
from ftrack_sandbox.store import Connection, Store

#: Rows of one answer at most, as the official client reads them.
_PAGE = 500
#: Owners of one query, and queries of one request.
_OWNERS, _QUERIES = 100, 5


@dataclass(frozen=True)
class Request:
    """The scope of an import.

    Attributes:
        projects: Names of projects; all of them when empty.
        since: Status changes and time logs before it stay behind.
        media: Which files come along.
        pseudonyms: Whether people are replaced by invented ones.
        overwrite: Whether what was changed here is replaced.
    """

    projects: tuple[str, ...] = ()
    since: datetime | None = None
    media: Media = Media.NONE
    pseudonyms: bool = False
    overwrite: bool = False


@dataclass(frozen=True)
class Progress:
    """The progress of an import.

    Attributes:
        step: What is being read.
        number, steps: Which step of how many it is.
        done, total: How much of the step is done; both 0 if that is unknown.
    """

    step: str
    number: int
    steps: int
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class Report:
    """The report of an import.

    Attributes:
        counts: By type, what became of its rows.
        left_out: What was not copied: what, why, and how often.
        files: How many files came.
        requests: How many requests it took.
        resumed: Whether it went on where an interrupted one had stopped.
    """

    counts: dict[str, Counts]
    left_out: list[tuple[str, str, int]]
    files: int
    requests: int
    resumed: bool


@dataclass
class _Size:
    """The number of rows per request; it shrinks if the source cannot handle more."""

    owners: int = _OWNERS
    queries: int = _QUERIES
    page: int = _PAGE

    def halve(self) -> None:
        """Ask for less.

        Raises:
            ImportStoppedError: There is no less.
        """
        if (self.owners, self.queries, self.page) == (1, 1, 1):
            raise ImportStoppedError("The server cannot even answer a request for one row in time. Try again later.")
        self.owners, self.queries, self.page = (max(1, each // 2) for each in (self.owners, self.queries, self.page))


@dataclass
class Importer:
    """Copies a source into a store.

    Attributes:
        source: The ftrack that is copied.
        store: Where the rows go.
        files: Where the files go.
        request: What is to be copied.
        on_progress: Called as it proceeds.
    """

    source: Source
    store: Store
    files: FileStore
    request: Request
    on_progress: Callable[[Progress], None] = lambda _: None
    _size: _Size = field(default_factory=_Size)

    def run(self) -> Report:
        """Copy everything that is wanted.

        Raises:
            ImportStoppedError: It cannot continue; the same call later continues where it stopped.
        """
        schemas = self.source.schemas()
        self._check_projects()
        resumed = ledger.prepare(self.store, {"url": self.source.url, "request": repr(self.request)})
        self.store.keep_schemas(schemas)
        by_id: Schemas = {schema["id"]: schema for schema in schemas}
        self._begin(schemas, resumed=resumed)
        writer = Writer(self._pseudonyms(), overwrite=self.request.overwrite)
        steps = [step for step in (*STEPS, *self._further(schemas)) if step.type in by_id]
        for number, step in enumerate(steps, start=1):
            self._copy(step, by_id, writer, Progress(step.type, number, len(steps)))
        files = fetch_media(
            self.source,
            self.store,
            self.files,
            self.request.media,
            lambda done, total: self.on_progress(Progress("files", len(steps), len(steps), done, total)),
        )
        with self.store.writing() as transaction:
            ledger.finish(transaction)
            left_out = ledger.left_out(transaction)
        return Report(writer.counts, left_out, files, self.source.sent, resumed)

    def _check_projects(self) -> None:
        """See that every project that is named exists, before anything is written."""
        if not self.request.projects:
            return
        shape = Shape(
            Step("Project", projects=True), {"id": "id", "name": "name", "full_name": "full_name"}, {}, ("id",)
        )
        [rows] = self.source.query([shape.expression(_PAGE, projects=self.request.projects)])
        there = {row["name"] for row in rows} | {row["full_name"] for row in rows}
        for name in self.request.projects:
            if name not in there:
                raise ImportStoppedError(
                    f"There is no project {name} on {self.source.url}, or its user does not see it."
                )

    def _begin(self, schemas: Sequence[dict[str, Any]], *, resumed: bool) -> None:
        """Make what serving needs, and name what is not going to be read."""
        with self.store.writing() as transaction:
            if transaction.row("SecurityRole", ADMINISTRATOR_ROLE_ID) is None:
                transaction.insert(
                    "SecurityRole", {"id": ADMINISTRATOR_ROLE_ID, "name": "Administrator", "type": "ASSIGNED"}
                )
            if resumed:
                return
            for schema in schemas:
                if schema["id"] in NOT_READ:
                    ledger.leave_out(transaction, schema["id"], NOT_READ[schema["id"]])
            for name in not_kept(transaction.catalogue, schemas):
                ledger.leave_out(transaction, name, "the sandbox does not know how it is computed")
            if self.request.pseudonyms:
                why = "people who are named otherwise than by full name or e-mail address stay"
                ledger.leave_out(transaction, "names in texts", why)

    def _pseudonyms(self) -> Pseudonyms | None:
        if not self.request.pseudonyms:
            return None
        names = ("id", "first_name", "last_name", "email")
        shape = Shape(Step("User"), {name: name for name in names}, {}, ("id",))
        return Pseudonyms(row for page in self._pages(shape) for row in page)

    def _further(self, schemas: Sequence[dict[str, Any]]) -> list[Step]:
        """Return the steps of the types that nobody here declared: by project where they have one, else all rows."""
        found = []
        for name in unknown_types(standard_catalogue(), schemas):
            by_project = "project_id" in self.store.catalogue.types[name].attributes
            found.append(Step(name, "project_id", (Owners("Project"),)) if by_project else Step(name))
        return found

    def _copy(self, step: Step, schemas: Schemas, writer: Writer, progress: Progress) -> None:
        with self.store.reading() as connection:
            is_over, position = ledger.position(connection, step.name)
        if is_over:
            return
        shape = shape_of(step, self.store.catalogue, schemas)
        self.on_progress(progress)
        try:
            if step.by is None:
                self._copy_all(shape, writer, position)
            else:
                self._copy_owned(shape, writer, position, progress)
        except QueryRefusedError as error:
            with self.store.writing() as transaction:
                ledger.leave_out(transaction, step.name, f"the server refuses to tell: {error}")
        with self.store.writing() as transaction:
            ledger.advance(transaction, step.name, None)

    def _copy_all(self, shape: Shape, writer: Writer, position: str) -> None:
        """Copy every row of a type, behind the key that was reached before."""
        for rows in self._pages(shape, after=tuple(json.loads(position)) if position else ()):
            with self.store.writing() as transaction:
                writer.write(transaction, shape, rows)
                ledger.advance(transaction, shape.step.name, json.dumps(_key(shape, rows[-1])))

    def _copy_owned(self, shape: Shape, writer: Writer, position: str, progress: Progress) -> None:
        """Copy the rows of owners, in the order of the owners' ids."""
        owners = self._owners(shape.step)
        done = sum(1 for each in owners if each <= position)
        while done < len(owners):
            starts = range(done, len(owners), self._size.owners)[: self._size.queries]
            chunks = [owners[start : start + self._size.owners] for start in starts]
            try:
                answers = self._ask(shape, [{"owners": chunk} for chunk in chunks])
            except TooMuchError:
                self._size.halve()
                continue
            for chunk, rows in zip(chunks, answers, strict=True):
                self._write_owned(shape, writer, chunk, rows)
                done += len(chunk)
            self.on_progress(Progress(progress.step, progress.number, progress.steps, done, len(owners)))

    def _write_owned(self, shape: Shape, writer: Writer, owners: list[str], rows: list[dict[str, Any]]) -> None:
        """Write the first rows of some owners, and those that did not fit into one answer."""
        if len(rows) >= self._size.page:
            with self.store.writing() as transaction:
                writer.write(transaction, shape, rows)
            for page in self._pages(shape, owners=owners, after=_key(shape, rows[-1])):
                with self.store.writing() as transaction:
                    writer.write(transaction, shape, page)
            rows = []
        with self.store.writing() as transaction:
            writer.write(transaction, shape, rows)
            ledger.advance(transaction, shape.step.name, owners[-1])

    def _pages(
        self, shape: Shape, *, owners: Sequence[str] = (), after: tuple[str, ...] = ()
    ) -> Iterator[list[dict[str, Any]]]:
        """Give the rows behind a key, page by page."""
        while True:
            size = self._size.page
            try:
                [rows] = self._ask(shape, [{"owners": owners, "after": after}])
            except TooMuchError:
                self._size.halve()
                continue
            if rows:
                yield rows
            if len(rows) < size:
                return
            after = _key(shape, rows[-1])

    def _ask(self, shape: Shape, which: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        return self.source.query(
            [
                shape.expression(self._size.page, since=self.request.since, projects=self.request.projects, **each)
                for each in which
            ]
        )

    def _owners(self, step: Step) -> list[str]:
        """Return the ids by which a step reads, sorted."""
        with self.store.reading() as connection:
            return sorted({each for owners in step.owners for each in _ids(connection, owners)})


def _key(shape: Shape, row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in shape.key)


def _ids(connection: Connection, owners: Owners) -> Iterator[str]:
    entity_type = connection.catalogue.types[owners.type]
    column = quote(str(entity_type.attributes[owners.attribute].column))
    tests, parameters = [f"{column} IS NOT NULL"], []
    for name, values in connection.catalogue.restrictions(owners.type):
        tests.append(f"{quote(name)} IN (SELECT value FROM json_each(?))")
        parameters.append(json.dumps(values))
    sql = f"SELECT DISTINCT {column} FROM {quote(entity_type.table)} WHERE {' AND '.join(tests)}"
    return (str(row[0]) for row in connection.execute(sql, parameters))
