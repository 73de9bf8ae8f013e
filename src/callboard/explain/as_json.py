"""An explanation as plain JSON objects, as ``callboard why --json`` prints it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from callboard.explain.facts import Seen
from callboard.explain.tree import AutomationAnswer, Condition, Explanation, Fix, Verdict


def explanation_as_json(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as the documentation describes it."""
    about = explanation.about
    return {
        "entity": {"type": about.type, "id": about.id, "name": about.name},
        "parent": about.parent,
        "project": about.project,
        "status": about.status,
        "verdict": _verdict(explanation.verdict),
        "conditions": [_condition(each) for each in explanation.conditions],
        "automations": [_automation(each) for each in explanation.automations],
        "others": list(explanation.others),
        "seen": [_seen(each) for each in explanation.seen],
        "more": explanation.more,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {"cause": verdict.cause.value, "sentence": verdict.sentence, "fix": _fix(verdict.fix)}


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    return None if fix is None else {"text": fix.text, "command": fix.command}


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "question": condition.question,
        "answer": condition.answer.value,
        "sentence": condition.sentence,
        "cause": None if condition.cause is None else condition.cause.value,
        "fix": _fix(condition.fix),
    }


def _automation(answer: AutomationAnswer) -> dict[str, Any]:
    return {
        "name": answer.name,
        "verdict": _verdict(answer.verdict),
        "run": answer.run,
        "conditions": [_condition(each) for each in answer.conditions],
    }


def _seen(seen: Seen) -> dict[str, Any]:
    happening = seen.happening
    return {
        "kind": happening.kind,
        "at": _iso(happening.at),
        "by": happening.by,
        "status": happening.status,
        "from_status": happening.from_status,
        "because": seen.because,
        "stored": _iso(seen.stored),
        "runs": {name: {"id": run.id, "state": run.state} for name, run in seen.runs.items()},
        "ignored": dict(seen.ignored),
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
