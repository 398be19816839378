"""Annotation files of other tools: read and written by keypoint name; numpy, orjson and stdlib."""
