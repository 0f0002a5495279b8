"""The grader's warm process: it imports what answers and nbmake need once, and forks a sandboxed run for each answer.

- `warm_runs`: outside; starts it and asks it for runs.
- `forge_runs`, with `run_fork` and `huge_pages`: the process itself, a program of its own.
"""
