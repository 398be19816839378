"""Each message that docs/troubleshooting.md explains is one that the code gives."""

import re

import pytest

# Of Python, pip and MMEngine.
FOREIGN = ("No module named 'mmcv._ext'", "No module named 'chumpy'", 'is not in the', 'registry')


@pytest.fixture(scope='module')
def said(repo):
    """All code, as it would be printed: strings that go on over lines are one."""
    files = [*(repo / 'mmlandmark').rglob('*.py'), repo / 'requirements' / 'set_up.sh']
    code = '\n'.join(file.read_text(encoding='utf-8') for file in files)
    return re.sub(r"""['"]\s*\n\s*f?['"]""", '', code)


def test_every_message_is_in_the_code(repo, said):
    page = (repo / 'docs' / 'troubleshooting.md').read_text(encoding='utf-8')
    cells = [line.split(' | ')[0] for line in page.splitlines() if line.startswith('| ')]
    messages = [message for cell in cells for message in re.findall(r'`([^`]+)`', cell)]
    assert len(messages) > 20
    for message in messages:
        # names are filled in when it is printed
        parts = re.split(r'mmengine, mmcv, mmdet, mmpose', message)
        for part in filter(None, (part.strip() for part in parts)):
            assert part in said or part in FOREIGN, part
