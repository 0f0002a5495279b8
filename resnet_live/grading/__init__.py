"""Grading: submissions → the students' answers → clean notebooks, run by nbmake → observations, judged elsewhere → grades.

- `collect`: folders → students, by their `layouts`; `groups`: are they one's or several people's; `notebook_file`: a file → its
  cells; `handed_out`: the version that it was given out in.
- `statements`: a notebook as statements and their names. `find_answer`: which of them answer an exercise; `gather_answer`: what
  those need.
- `policy`: constructs that an answer is not run with. `assemble`: one clean notebook for each answer.
- `sandbox`: run it with nbmake, shut off as far as the machine allows. `in_kernel/`: all of ours that is in that process; it holds
  no reference and no expected value, and what it sends back is signed with a key made for this one run.
- `judge_observation`: judge what came back, in a process of its own.
- `grader`: all of it. `gradebook`: the grades, each with its `status`; `gradebook_file`: all that ever was of them, in SQLite;
  `resume`: what a run finds done there.
- `told`: what a student reads of a grade. `reports`: table, CSV, JUnit, JSON, feedback. `exports`: for learning platforms, with a
  `class_list` of theirs.
"""
