"""What the screen Mark Attendance is made of."""
