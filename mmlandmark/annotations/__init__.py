"""Annotation files: reading, checking, pairing, splitting, writing; numpy and orjson only."""
