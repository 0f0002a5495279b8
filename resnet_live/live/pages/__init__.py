"""Pages made from the chapters: live notebooks, session plans, run sheets, slides."""
