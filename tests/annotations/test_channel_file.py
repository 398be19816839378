import json

import pytest
from channel_files import coco_document, json_document, write

from mmlandmark.annotations.channel_file import read_channel_file
from mmlandmark.errors import LandmarkError


def test_the_form_is_known_by_what_the_file_holds(tmp_path):
    assert read_channel_file(write(tmp_path, json_document())).channels == ('corner', 'flap')
    coco = write(tmp_path, coco_document())
    assert read_channel_file(coco).channels == ('c1', 'c2', 'f1')
    assert read_channel_file(coco, format='coco', min_visibility=2).counts().sum() == 5


@pytest.mark.parametrize('text', ['[]', '{}', '"x"'])
@pytest.mark.parametrize('form', ['auto', 'json', 'coco'])
def test_a_file_of_neither_form_is_named(tmp_path, text, form):
    path = tmp_path / 'x.json'
    path.write_text(text)
    with pytest.raises(LandmarkError, match=f'{path}: .*(dataset|annotations|images)'):
        read_channel_file(path, format=form)


def test_an_unknown_form_is_refused(tmp_path):
    with pytest.raises(LandmarkError, match=r"format is 'cocoo' \(did you mean 'coco'\?\)"):
        read_channel_file(write(tmp_path, json_document()), format='cocoo')


def test_pictures_of_a_coco_file_are_looked_at_if_asked(tmp_path):
    path = write(tmp_path, coco_document())
    assert len(read_channel_file(path, check_pictures=True)) == 3
    document = coco_document()
    document['images'][1]['width'] = 17
    path.write_text(json.dumps(document))
    assert len(read_channel_file(path)) == 3
    with pytest.raises(LandmarkError, match=r'entry 1 \(images/b.png\): the picture is 16x24; the'):
        read_channel_file(path, check_pictures=True)
    (tmp_path / 'images/a.png').unlink()
    with pytest.raises(LandmarkError, match=r'entry 0 \(images/a.png\): .*cannot be read'):
        read_channel_file(path, check_pictures=True)
