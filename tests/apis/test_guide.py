"""The examples of docs/converting.md run."""

import importlib.util
import re

import pytest

OPTION = re.compile(r'--[a-z][a-z-]+')


def test_the_python_example_runs(repo, shared_data, tmp_path, monkeypatch):
    guide = (repo / 'docs' / 'converting.md').read_text(encoding='utf-8')
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'in.json').symlink_to(shared_data / 'body_coco17_mpii16' / 'val.json')
    names: dict = {}
    exec(re.search(r'```python\n(.*?)```', guide, re.DOTALL)[1], names)
    assert names['report'].converted == 1452
    assert (tmp_path / 'out.json').is_file()


@pytest.mark.parametrize(
    ('guide', 'tool'),
    [
        ('converting.md', 'convert_keypoints.py'),
        ('pairs.md', 'dataset_converters/pair_annotations.py'),
    ],
)
def test_the_options_of_the_guide_are_those_of_the_command(repo, capsys, guide, tool):
    path = repo / 'tools' / tool
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(SystemExit):
        module.main(['--help'])
    known = set(re.findall(OPTION, capsys.readouterr().out))
    options = set(re.findall(OPTION, (repo / 'docs' / guide).read_text(encoding='utf-8')))
    assert options and options <= known
