"""Lists of people, in both directions: files that schools have -> students, classes and groups; and back."""
