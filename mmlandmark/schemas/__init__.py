"""Keypoint definitions, fixed mappings between them and their unions; pure Python and numpy."""

from mmlandmark.schemas.conversion import Conversion
from mmlandmark.schemas.locate import configs_root
from mmlandmark.schemas.mapping import Mapping
from mmlandmark.schemas.region_groups import both_sides, region_groups
from mmlandmark.schemas.registry import get_schema, list_schemas, schema_of_metainfo
from mmlandmark.schemas.schema import DEFAULT_SIGMA, KeypointSchema
from mmlandmark.schemas.shipped_mappings import find_mapping, get_mapping, list_mappings
from mmlandmark.schemas.union import SchemaUnion
from mmlandmark.schemas.union_checks import UNION
from mmlandmark.schemas.unions import get_union, list_unions

__all__ = [
    'DEFAULT_SIGMA',
    'UNION',
    'Conversion',
    'KeypointSchema',
    'Mapping',
    'SchemaUnion',
    'both_sides',
    'configs_root',
    'find_mapping',
    'get_mapping',
    'get_schema',
    'get_union',
    'list_mappings',
    'list_schemas',
    'list_unions',
    'region_groups',
    'schema_of_metainfo',
]
