import json

import numpy as np
import pytest
from channel_files import coco_document, json_document, write
from processes import run_tool

from mmlandmark.annotations.channel_file import read_channel_file
from mmlandmark.apis.channels import channels_to_coco, coco_to_channels
from mmlandmark.errors import LandmarkError

TOOLS = 'tools/dataset_converters'


def assert_same(a, b):
    assert (a.channels, a.files) == (b.channels, b.files)
    for key in ('sizes', 'offsets', 'channel_ids', 'depths'):
        np.testing.assert_array_equal(getattr(a, key), getattr(b, key), err_msg=key)
    np.testing.assert_allclose(a.points, b.points, rtol=0, atol=1e-13)


@pytest.mark.parametrize('origin', ['bottom-left', 'top-left'])
def test_there_and_back(tmp_path, origin):
    source = write(tmp_path, json_document())
    result = channels_to_coco(source, tmp_path / 'coco.json', origin=origin)
    coco_to_channels(tmp_path / 'coco.json', tmp_path / 'again.json', origin=origin)
    before = read_channel_file(source, origin=origin)
    assert_same(read_channel_file(tmp_path / 'coco.json'), before)
    assert_same(read_channel_file(tmp_path / 'again.json', origin=origin), before)
    assert '3 pictures, 1 of them without keypoints' in result.text()


def test_from_coco_and_back(tmp_path):
    source = write(tmp_path, coco_document())
    result = coco_to_channels(source, tmp_path / 'x.json', channels='c1=c2:f1')
    assert '2 hidden keypoints are written as all others' in result.text()
    channels_to_coco(tmp_path / 'x.json', tmp_path / 'coco.json')
    assert_same(
        read_channel_file(tmp_path / 'coco.json'), read_channel_file(source, channels='c1=c2:f1')
    )
    seen = coco_to_channels(source, tmp_path / 'seen.json', channels='c1=c2:f1', min_visibility=2)
    assert 'left out: 2 hidden keypoints' in seen.text() and 'written as' not in seen.text()


def test_nothing_is_written_over_or_after_an_error(tmp_path):
    source = write(tmp_path, json_document())
    with pytest.raises(LandmarkError, match='exists; not written without overwrite'):
        channels_to_coco(source, source)
    document = json_document()
    document['dataset'][0]['corner'][0][0] = 2
    source.write_text(json.dumps(document))
    with pytest.raises(LandmarkError, match=r'entry 0 .*u=2'):
        channels_to_coco(source, tmp_path / 'coco.json')
    assert not (tmp_path / 'coco.json').exists()
    dropped = channels_to_coco(source, tmp_path / 'coco.json', outside='drop')
    assert 'left out: 1 keypoints outside the picture' in dropped.text()


def test_the_tools_from_another_folder(tmp_path):
    write(tmp_path, json_document())
    there = run_tool(f'{TOOLS}/channels2coco.py', 'train.json', 'coco.json', cwd=tmp_path)
    assert (there.returncode, there.stderr) == (0, '')
    assert there.stdout.endswith('wrote coco.json\n')
    back = run_tool(f'{TOOLS}/coco2channels.py', 'coco.json', 'again.json', cwd=tmp_path)
    assert back.returncode == 0
    assert_same(
        read_channel_file(tmp_path / 'again.json'), read_channel_file(tmp_path / 'train.json')
    )
    wrong = run_tool(
        f'{TOOLS}/coco2channels.py', 'coco.json', 'x.json', '--channels', 'corner0', cwd=tmp_path
    )
    assert wrong.returncode == 2 and wrong.stderr == (
        "error: coco.json: channel 'corner0': there is no keypoint 'corner0' (did you mean "
        "'corner_0'?); the file names corner_0, corner_1, corner_2, flap_0, flap_1\n"
    )
