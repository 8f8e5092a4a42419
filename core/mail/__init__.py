"""Mail to parents, students and teachers: what is told, how it is worded, queued and sent."""
