"""What is known beforehand: the timetable and its lessons, holidays, planned absences."""
