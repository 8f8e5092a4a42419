"""Speed and accuracy, one command each, against the plain way in the same run."""
