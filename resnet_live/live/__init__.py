"""Live coding: chapter notebooks → live notebooks, run sheets, slides and recordings; helpers inside the notebook."""
