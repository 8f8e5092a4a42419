"""Parts of the page Timetable."""
