"""Parts of the screens of students: forms, the tabs of a card, what can be done with a student."""
