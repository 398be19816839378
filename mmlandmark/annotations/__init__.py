"""Annotation files: reading, checking, splitting, writing; numpy, orjson, OpenCV for pictures."""
