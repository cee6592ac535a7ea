"""Mask: what stands in the place of a secret."""

MASK = "[secret]"
