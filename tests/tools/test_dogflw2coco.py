import importlib.util

import pytest
from raw_faces import dog_release


@pytest.fixture
def tool(repo):
    path = repo / 'tools' / 'dataset_converters' / 'dogflw2coco.py'
    spec = importlib.util.spec_from_file_location('dogflw2coco_tool', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def dogs(tmp_path):
    return dog_release(tmp_path / 'DogFLW')


def run(tool, *options):
    return tool.launch.run(tool.main, tool.parse_args([str(option) for option in options]))


def test_what_was_written_and_found_is_printed(tool, dogs, tmp_path, capsys):
    (dogs / 'train/images/n02080000_1.png').unlink()
    out = tmp_path / 'out'
    assert run(tool, dogs, out, '--val-fraction', 0.3) == 0
    printed = capsys.readouterr().out
    assert 'train/labels/n02080000_1.json: label without picture' in printed
    assert 'audit of train, as released' in printed and 'audit of test, as released' in printed
    rows = {line.split()[0]: line.split()[1:] for line in printed.splitlines()[2:5]}
    assert [rows[f'{part}.json'][1] for part in ('train', 'val', 'test')] == ['3', '1', '4']
    assert sum(int(faces) for faces, *_ in rows.values()) == 15
    assert f'wrote train.json, val.json, test.json, audit.json, audit.txt to {out}' in printed


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (('--strict',), 'error: train/labels/n02080000_1.json: label without picture\n'),
        (('--bbox-source', 'auot'), "error: unknown box source 'auot' (did you mean 'auto'?)"),
        (('--schema', 'catflw48'), 'error: {root}: no label that can be used; 16 problems'),
    ],
)
def test_an_error_is_one_line_and_nothing_is_written(
    tool, dogs, tmp_path, capsys, options, message
):
    (dogs / 'train/images/n02080000_1.png').unlink()
    assert run(tool, dogs, tmp_path / 'out', *options) == 2
    shown = capsys.readouterr()
    assert shown.out == '' and shown.err.count('\n') == 1
    assert shown.err.startswith(message.format(root=dogs))
    assert not (tmp_path / 'out').exists()


def test_strict_names_the_label_that_cannot_be_read(tool, dogs, tmp_path, capsys):
    (dogs / 'train/labels/n02080000_1.json').write_text('{')
    assert run(tool, dogs, tmp_path / 'out', '--strict') == 2
    start = 'error: train/labels/n02080000_1.json: unreadable label: not JSON'
    assert capsys.readouterr().err.startswith(start)


def test_the_options_have_the_defaults_of_the_function(tool):
    import inspect

    from mmlandmark.apis.face_release import convert_face_release

    args = vars(tool.parse_args(['root', 'out']))
    for name, parameter in inspect.signature(convert_face_release).parameters.items():
        if parameter.default is not parameter.empty and name != 'sizes':
            assert args[name] == parameter.default, name
