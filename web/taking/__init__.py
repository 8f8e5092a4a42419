"""Taking attendance with the camera of whoever asks: the queue, and the process that looks at the pictures."""
