"""Annotation files: reading, checking, splitting, writing; numpy and orjson, OpenCV for pictures."""
