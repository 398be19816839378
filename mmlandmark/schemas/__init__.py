"""Keypoint definitions and fixed mappings between them; pure Python and numpy."""

from mmlandmark.schemas.conversion import Conversion
from mmlandmark.schemas.locate import configs_root
from mmlandmark.schemas.mapping import Mapping
from mmlandmark.schemas.registry import get_schema, list_schemas
from mmlandmark.schemas.schema import DEFAULT_SIGMA, KeypointSchema
from mmlandmark.schemas.shipped_mappings import find_mapping, get_mapping, list_mappings

__all__ = [
    'DEFAULT_SIGMA',
    'Conversion',
    'KeypointSchema',
    'Mapping',
    'configs_root',
    'find_mapping',
    'get_mapping',
    'get_schema',
    'list_mappings',
    'list_schemas',
]
