"""The office of the school: classes, students, teachers, groups and rooms, listed and changed."""
