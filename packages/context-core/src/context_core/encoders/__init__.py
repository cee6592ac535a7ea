"""Encoders, one a file, and in `minilm_static` the data of the default model."""
