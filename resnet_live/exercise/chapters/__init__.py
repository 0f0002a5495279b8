"""The definitions, one module a chapter: `chNN.py` with `EXERCISES = (Exercise(…), …)`. `registry` finds a new module by its name."""
