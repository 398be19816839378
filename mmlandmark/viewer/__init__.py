"""A local page on which annotations, conversions and mappings are looked at.

``view`` runs it, ``ViewerSession`` is what it shows, ``make_app`` its FastAPI application. Fixed
mappings need numpy, OpenCV, FastAPI and uvicorn only; a trained converter brings torch.
"""

from mmlandmark.viewer.serve import serving, view
from mmlandmark.viewer.session import ViewerSession

__all__ = ['ViewerSession', 'serving', 'view']
