import pytest
from two_labellings import Differences, make_people, pair_file

from mmlandmark.annotations.pairs import read_pairs
from mmlandmark.apis.merge_output import summary, write_merge_report
from mmlandmark.apis.merge_report import merge_report
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema

KNEES = {'left_knee': (0.0, 0.15), 'right_knee': (0.0, 0.15)}


@pytest.fixture(scope='module')
def pairs():
    content = pair_file(make_people(300), Differences(KNEES, noise=0.1))
    return read_pairs(content, get_schema('coco17'), get_schema('mpii16'))


def test_the_summary_says_what_is_not_merged_as_it_is(pairs):
    lines = summary(merge_report(pairs, replicates=50))
    assert any(line.startswith('merge with offset') and 'left_knee' in line for line in lines)
    assert lines[-2] == (
        'outside the tolerance as they are, so merged only with --corrected: right_knee, left_knee'
    )
    assert lines[-1] == 'the recommended union merges 10 keypoints'
    corrected = summary(merge_report(pairs, replicates=50, corrected=True))
    assert not any('only with' in line for line in corrected)
    assert corrected[-1] == 'the recommended union merges 12 keypoints'


def test_pictures_of_an_earlier_report_do_not_stay(pairs, tmp_path):
    control = 'head_top=left_eye+right_eye'
    folder = write_merge_report(
        tmp_path / 'out', merge_report(pairs, extra=[control], replicates=20)
    )
    assert (folder / 'keypoints' / f'{control}.svg').exists()
    (folder / 'keypoints' / 'notes.txt').write_text('mine')
    write_merge_report(folder, merge_report(pairs, replicates=20), overwrite=True)
    assert not (folder / 'keypoints' / f'{control}.svg').exists()
    assert (folder / 'keypoints' / 'notes.txt').exists()


def test_a_folder_that_cannot_be_made_is_one_line(pairs, tmp_path):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'keypoints').write_text('a file')
    with pytest.raises(LandmarkError, match='keypoints: cannot be made: File exists'):
        write_merge_report(tmp_path / 'out', merge_report(pairs, replicates=20))
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == ['keypoints']


@pytest.mark.parametrize('replicates', [-3, 0, 1, 19])
def test_too_few_replicates_bound_nothing(pairs, replicates):
    with pytest.raises(LandmarkError, match=f'{replicates} replicates; .* at least 20'):
        merge_report(pairs, replicates=replicates)


def test_a_negative_seed_is_refused(pairs):
    with pytest.raises(LandmarkError, match='seed is -1; expected 0 or more'):
        merge_report(pairs, replicates=20, seed=-1)
