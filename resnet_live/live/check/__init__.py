"""`%check`: whether what was typed gives what the step should."""
