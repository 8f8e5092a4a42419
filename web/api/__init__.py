"""The portal for other programs of the school: JSON, tokens, and a description of it all in OpenAPI."""
