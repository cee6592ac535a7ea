"""Blobs: bytes by name, the layer below a `BlobContentStore`; backends, and wrappers that are blobs themselves."""
