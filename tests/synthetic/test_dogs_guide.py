"""The picture in docs/drawn-dogs.md is what the code beside it draws."""

from __future__ import annotations

import cv2
import numpy as np
from doc_blocks import Page

PAGE = Page('docs/drawn-dogs.md')


def test_the_code_draws_the_picture(repo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    PAGE.one('python').run()
    drawn, shown = (
        cv2.imread('drawn_dogs.jpg'),
        cv2.imread(str(repo / 'docs/images/drawn_dogs.jpg')),
    )
    assert drawn.shape == shown.shape == (320, 1120, 3)
    # versions of OpenCV may differ by rounding
    assert np.abs(drawn.astype(int) - shown).mean() < 1
