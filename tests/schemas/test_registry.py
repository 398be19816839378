"""Schemas by name, path, dict and object, from anywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import (
    KeypointSchema,
    configs_root,
    get_schema,
    list_mappings,
    list_schemas,
    locate,
    schema_of_metainfo,
)

SHIPPED = ['aflw21', 'aic14', 'coco17', 'dogflw46', 'face48', 'face68', 'hand21', 'mpii16']


def test_the_promised_schemas_are_shipped() -> None:
    assert set(SHIPPED) <= set(list_schemas())


@pytest.mark.parametrize('name', SHIPPED)
def test_every_form_gives_the_same_schema(name: str, tmp_path: Path, monkeypatch) -> None:
    schema = get_schema(name)
    monkeypatch.chdir(tmp_path)
    assert schema.name == name and get_schema(name) is schema and get_schema(schema) is schema
    Path('own.json').write_text(json.dumps(schema.to_json()), encoding='utf-8')
    shutil.copy(configs_root() / '_base_' / 'schemas' / f'{name}.py', 'own.py')
    for form in ('own.json', Path('own.py'), schema.to_json(), schema.to_metainfo()):
        assert get_schema(form) == schema


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / 'own.json'
    path.write_text('{"name": "own", "keypoints": ["a"]}')
    assert get_schema(path).num_keypoints == 1
    path.write_text('{"name": "own", "keypoints": ["a", "b"]}')
    assert get_schema(str(path)).num_keypoints == 2


@pytest.mark.parametrize(
    ('request_', 'words'),
    [
        ('coco71', "did you mean 'coco17'"),
        ('no/such/file.py', 'no such schema file'),
        (17, 'found 17'),
        ({'name': 'x'}, 'neither keypoint_info'),
    ],
)
def test_what_is_not_there_is_named(request_: object, words: str) -> None:
    with pytest.raises(LandmarkError, match=words):
        get_schema(request_)


@pytest.mark.parametrize('text', ['', '{"name": ', '[1]', '{"name": NaN}', '{"name": 3}'])
def test_a_bad_json_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / 'bad.json'
    path.write_text(text)
    with pytest.raises(LandmarkError, match='bad.json: '):
        get_schema(path)


@pytest.fixture
def installed(tmp_path: Path, repo: Path) -> Path:
    """The files of an installed wheel: configs lie inside the package."""
    package = tmp_path / 'site' / 'mmlandmark'
    shutil.copytree(repo / 'mmlandmark' / 'schemas', package / 'schemas')
    shutil.copy(repo / 'mmlandmark' / 'errors.py', package)
    (package / '__init__.py').touch()
    shutil.copytree(repo / 'configs' / '_base_', package / '.mim' / 'configs' / '_base_')
    return package


def ask(package: Path, code: str) -> str:
    result = subprocess.run(
        [sys.executable, '-c', code],
        cwd=package.parent.parent,
        env={**os.environ, 'PYTHONPATH': str(package.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout


def test_an_installed_wheel_finds_its_files(installed: Path) -> None:
    code = (
        'import sys; from mmlandmark.schemas import *; print(list_schemas(), list_mappings()); '
        "get_schema('face68'); print({'torch', 'mmpose', 'mmengine'} & set(sys.modules))"
    )
    assert ask(installed, code).splitlines() == [f'{list_schemas()} {list_mappings()}', 'set()']


def test_missing_files_are_said(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(locate, 'PACKAGE', tmp_path / 'mmlandmark')
    with pytest.raises(FileNotFoundError, match='schema files of mmlandmark are missing'):
        configs_root()


@pytest.mark.parametrize(
    ('file', 'name'), [('coco', 'coco17'), ('mpii', 'mpii16'), ('aic', 'aic14')]
)
def test_stock_metainfo_has_the_distances_of_the_shipped_schema(file: str, name: str) -> None:
    utils = pytest.importorskip('mmpose.datasets.datasets.utils')
    parsed = utils.parse_pose_metainfo({'from_file': f'configs/_base_/datasets/{file}.py'})
    schema, shipped = schema_of_metainfo(parsed), get_schema(name)
    assert schema.name == file and schema.keypoints == shipped.keypoints
    assert set(shipped.normalizers) <= set(schema.normalizers)
    assert set(shipped.regions) <= set(schema.regions)
    assert schema.sigmas == KeypointSchema.from_metainfo(parsed).sigmas


def test_other_metainfo_stays_as_it_is() -> None:
    schema = KeypointSchema('own', ('a', 'b'), swaps=(('a', 'b'),))
    assert schema_of_metainfo(schema.to_metainfo()) == schema
