"""The student's side: check, hint, solution and use; reports; progress."""
