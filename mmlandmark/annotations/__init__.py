"""Annotation files: read, check, pair, split, write; numpy and orjson, for pictures OpenCV, Pillow."""
