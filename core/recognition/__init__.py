"""Embeddings in, names out: gallery, classifier, open-set decision, classifier files."""
