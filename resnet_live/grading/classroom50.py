"""Grades in Classroom 50's form, `classroom50/result/v1`. Standard library only: its runner has nothing else."""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

SCHEMA = "classroom50/result/v1"


def results_of(tree: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """A result for each student of a results.json.

    `variables`: those of Classroom 50's runner (CLASSROOM, ASSIGNMENT, SUBMISSION_TAG, COMMIT_URL, RELEASE_URL, REVIEW_URL), else
    those of GitHub Actions. An exercise is a test; it is passed with all of its points. Classroom 50 refuses scores that are no whole
    numbers or are more than the maximum: what lateness leaves is rounded so that the sum is as near as can be.
    """
    page = f"{variables.get('GITHUB_SERVER_URL', 'https://github.com')}/{variables.get('GITHUB_REPOSITORY', '')}"
    commit = variables.get("COMMIT_URL") or f"{page}/commit/{variables.get('GITHUB_SHA', '')}"
    head = {
        "schema": SCHEMA,
        "classroom": variables.get("CLASSROOM", ""),
        "assignment": variables.get("ASSIGNMENT", "resnet-live"),
        "submission": variables.get("SUBMISSION_TAG") or variables.get("GITHUB_SHA", ""),
        "commit": commit,
        "release": variables.get("RELEASE_URL") or commit,
        "review": variables.get("REVIEW_URL") or commit,
        # its runner puts the time of the commit in place of this
        "datetime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    tests: dict[str, list[dict[str, Any]]] = {}
    exact: dict[str, float] = {}
    for result in tree["results"]:
        student = result["student"]
        share = tree.get("late", {}).get(student, {}).get("share", 1)
        before = exact.get(student, 0)
        exact[student] = before + min(result["points"] * share, result["max_points"])
        test = {
            "test-name": result["exercise"],
            "passed": result["points"] >= result["max_points"],
            "score": _whole(exact[student]) - _whole(before),
            "max-score": result["max_points"],
            "message": re.sub(r"[^\x20-\x7e\xa0-\ud7ff]", " ", result["message"]),
        }
        tests.setdefault(student, []).append(test)
    return {
        student: {**head, "score": _sum(own, "score"), "max-score": _sum(own, "max-score"), "tests": own}
        for student, own in tests.items()
    }


def as_text(result: Mapping[str, Any]) -> str:
    """The text of a result.json."""
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


def _whole(points: float) -> int:
    """Rounded, halves up. (Less what rounding errors of a sum of shares come to.)"""
    return math.floor(round(points, 6) + 0.5)


def _sum(tests: list[dict[str, Any]], name: str) -> int:
    return sum(test[name] for test in tests)
