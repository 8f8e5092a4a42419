"""Faces at rest are sealed: AES-256-GCM, a data key in memory only, wrapped by a key kept elsewhere or a passphrase."""
