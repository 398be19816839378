import json

import numpy as np
import pytest
from raw_hands import HAND, NAMES, hand_release, landmark_content, landmark_file, write_landmarks

from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.apis.ouhands import convert_ouhands
from mmlandmark.errors import LandmarkError


@pytest.fixture
def root(tmp_path):
    return hand_release(tmp_path / 'set')


def test_three_files_and_a_report_are_written(root, tmp_path):
    out = tmp_path / 'out'
    landmark_file(root, 'train', 'A-abc-0002.png').unlink()
    result = convert_ouhands(root, out, bbox_source='landmarks')
    assert sorted(path.name for path in out.iterdir()) == sorted(p.name for p in result.written)
    ids = []
    for split, name in (('train', 'train'), ('validation', 'val'), ('test', 'test')):
        file = read_coco_keypoints(out / f'{name}.json', HAND)
        assert np.allclose(file.points, result.hands[split].points, atol=1e-6)
        assert file.data['info']['bbox_source'] == 'landmarks'
        ids += file.ids.tolist()
    assert ids == list(range(1, 9))
    report = json.loads((out / 'report.json').read_text())
    assert report == json.loads(json.dumps(result.to_json()))
    train = report['train']
    first = {'class': 'A', 'pictures': 2, 'hands': 1, 'without landmarks': 1, 'left out': 0}
    assert train['classes'][0] == first
    assert train['boxes'] == {'landmarks': 3} and train['file'] == 'train.json'
    assert train['depth_scale'] == result.hands['train'].depth_scale()
    text = result.text()
    assert '1 without landmarks (A 1 of 2)' in text and 'boxes: 3 of landmarks' in text


def test_a_set_without_z_says_so(root, tmp_path):
    for split, names in NAMES.items():
        for name in names:
            flat = landmark_content(np.full((21, 3), 0.5) + np.arange(21)[:, None] / 100)
            for point in flat['landmarks']:
                del point['z']
            write_landmarks(landmark_file(root, split, name), flat)
    result = convert_ouhands(root, tmp_path / 'out')
    assert 'noted: 4 x no z, 2-D only, the first is' in result.text()
    assert result.text().count('\nno z') == 3
    assert result.to_json()['test']['depth_scale'] is None


def test_files_of_an_earlier_run_do_not_stay(root, tmp_path):
    out = tmp_path / 'out'
    convert_ouhands(root, out)
    with pytest.raises(LandmarkError, match=r'train\.json: exists'):
        convert_ouhands(root, out, splits=['test'])
    convert_ouhands(root, out, splits=['test', 'test'], overwrite=True)
    assert sorted(path.name for path in out.iterdir()) == ['report.json', 'test.json']


def test_nothing_is_written_where_something_is_wrong(root, tmp_path):
    path = landmark_file(root, 'test', NAMES['test'][0])
    write_landmarks(path, landmark_content(np.zeros((20, 3))))
    out = tmp_path / 'out'
    with pytest.raises(LandmarkError, match='A-ghi-0001_landmarks.json: .*20 points; expected 21'):
        convert_ouhands(root, out)
    with pytest.raises(LandmarkError, match='no split to convert'):
        convert_ouhands(root, out, splits=[])
    with pytest.raises(LandmarkError, match='box margin is -1'):
        convert_ouhands(root, out, margin=-1, skip_defects=True)
    assert not out.exists()
    result = convert_ouhands(root, out, skip_defects=True)
    assert [len(hands) for hands in result.hands.values()] == [4, 2, 2]
    (defect,) = result.to_json()['test']['defects']
    assert defect['file'].endswith('A-ghi-0001_landmarks.json')
    with pytest.raises(LandmarkError, match='is a file; expected a folder'):
        convert_ouhands(root, result.written[0])
