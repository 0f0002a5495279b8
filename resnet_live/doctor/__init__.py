"""What this machine can do: read, solve, teach, grade, record. `resnet-live doctor`, or `python -m resnet_live.doctor`.

One module for each group of questions, each with a function `look() -> list[Diagnosis]`; `examine` asks them all. Standard library
only, and no syntax newer than Python 3.8: it has to work where packages are missing, broken, or the Python is too old.
"""
