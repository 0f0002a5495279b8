"""Judge answers as source, each in a forked child, so that no answer meets what another has left behind:

    python judge_answers.py        (its folder, and that of the known answers, in PYTHONPATH)

Reads lines of JSON, {"exercise", "source", "seeds", "seconds": of computing, "stop": "full" or "loss"}, and answers each with
{"ended": "judged", "killed" (it computed for too long, or died) or the error that it raised when it was defined, "points": [for each
seed], "text": the last report}. It goes through the seeds up to the first on which the answer gets all points ("full": a mutant that
survives one seed survives) or does not ("loss": a right answer that fails on one seed fails).
"""

import gc
import io
import json
import os
import resource
import sys
import tempfile
import traceback
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import fastai.vision.all  # noqa: F401
import torch
import torch.fx.experimental.symbolic_shapes
from answers import run

from resnet_live.exercise.judging.judge import judge
from resnet_live.exercise.observers import observe
from resnet_live.exercise.observers.serialize import deserialize, serialize
from resnet_live.exercise.registry import find
from resnet_live.exercise.student.report import CheckReport

MOST = 3 * 2**30  # bytes of data


def judged(job: dict) -> dict:
    warnings.simplefilter("ignore")
    points, report = [], None
    for seed in job["seeds"]:
        try:
            objects = run(job["exercise"], job["source"], "<answer>")
        except Exception:
            return {"ended": traceback.format_exc(limit=0).strip(), "points": [0], "text": ""}
        observation = deserialize(serialize(observe(job["exercise"], objects, seed)))
        definition = find(job["exercise"])
        report = CheckReport(definition, judge(definition, observation, strict=True), [])
        points.append(report.points)
        if (report.points == definition.points) == (job["stop"] == "full"):
            break
    return {"ended": "judged", "points": points, "text": report.text if report else ""}


def child(job: dict, file: Path) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MOST, MOST))
    resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"]))
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            result = judged(job)
        except BaseException:  # an error of the judge's own: the test says so
            result = {"ended": "the judge failed", "points": [], "text": traceback.format_exc()}
    file.write_text(json.dumps(result), encoding="utf-8")


def in_a_fork(job: dict) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result"
        number = os.fork()
        if number == 0:
            try:
                child(job, file)
            finally:
                os._exit(0)
        os.waitpid(number, 0)
        return json.loads(file.read_text()) if file.exists() else {"ended": "killed", "points": [0], "text": ""}


if __name__ == "__main__":
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()  # what is imported is nothing for a child's collector
    for line in sys.stdin:
        print(json.dumps(in_a_fork(json.loads(line))), flush=True)
