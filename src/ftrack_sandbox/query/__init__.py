"""The query language: text in, entities out.

The way of a query: ``lexer`` and ``parser`` make an expression of the text, ``conditions`` turns its
criteria into SQL, ``relations`` knows how related rows are found in either direction, ``fetch`` reads what
was selected, one statement per relation, and ``run`` puts it together.
"""

from ftrack_sandbox.query.run import QueryResult, entities, run_query

__all__ = ["QueryResult", "entities", "run_query"]
