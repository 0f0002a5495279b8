"""What people read of the grades: a feedback page and a returned notebook for each student, a report of the class."""
