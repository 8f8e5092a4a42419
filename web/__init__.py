"""The portal: pages for teachers, students and their phones, over the same core as the window."""
