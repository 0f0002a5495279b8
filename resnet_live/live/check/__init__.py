"""`%check_step`: whether what was typed gives what the step should."""
