"""Marking: submissions → the students' answers → clean notebooks, run by nbmake → observations, judged elsewhere → results.

- `collect`: folders → students and their notebooks. `find_answer`: find an exercise's answer in a notebook, with what it uses.
- `policy`: constructs that an answer is not run with. `assemble`: one clean notebook for each answer.
- `sandbox`: run it with nbmake, shut off as far as the machine allows. `in_kernel/`: all of ours that is in that process; it holds
  no reference and no expected value, and what it sends back is signed with a key made for this one run.
- `judge_observation`: judge what came back, in a process of its own. `gradebook`: table, gradebook, JUnit, JSON, feedback.
- `grader`: all of it.
"""
