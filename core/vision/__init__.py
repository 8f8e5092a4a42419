"""Frames in, faces out: sources, detection, embedding, tracking, quality, annotation."""
