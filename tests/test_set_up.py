"""The set-up: locks that are complete and wheels only, and a script that says what is wrong."""

import importlib.metadata
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPO = Path(__file__).resolve().parents[1]
SET_UP = REPO / 'requirements' / 'set_up.sh'
LOCKS = sorted((REPO / 'requirements').glob('lock-py*.txt'))
# Named by the stack's metadata and deliberately absent: see docs/install.md.
LEFT_OUT = {'chumpy', 'opencv-python', 'mmcv', 'xtcocotools'}


def pins(lock):
    """Return name -> version of the lines of a lock that apply to this platform."""
    lines = [x for x in lock.read_text().splitlines() if x and not x.startswith('#')]
    parsed = [Requirement(line) for line in lines]
    assert all(re.fullmatch(r'==[\w.]+', str(r.specifier)) for r in parsed), 'not an exact pin'
    return {canonicalize_name(r.name): str(r.specifier)[2:] for r in parsed}


def requirements(name):
    lines = (REPO / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [Requirement(x) for x in lines if x and not x.startswith('#')]


def test_there_is_a_lock_for_every_supported_python():
    assert [lock.stem for lock in LOCKS] == [f'lock-py3{minor}' for minor in range(10, 14)]


@pytest.mark.parametrize('lock', LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_holds_the_stack_and_all_that_we_ask_for(lock):
    pinned = pins(lock)
    assert pinned['mmengine'] == '0.10.7' and pinned['mmpose'] == '1.3.2'
    assert pinned['mmcv-lite'] == '2.1.0' and pinned['mmdet'] == '3.3.0'
    files = ('runtime', 'stack', 'tests', 'timm', 'segmentation', 'export', 'viewer', 'docs', 'vit')
    asked = [r for name in files for r in requirements(name)]
    for requirement in asked:
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement
    assert not {'chumpy', 'opencv-python'} & set(pinned)


@pytest.mark.parametrize('lock', LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_names_no_place(lock):
    """Only names and versions: no index, no address, no file."""
    lines = [x for x in lock.read_text().splitlines() if not x.startswith('#')]
    assert not [x for x in lines if re.search(r'://|@|^-', x)]


@pytest.mark.parametrize('lock', LOCKS, ids=lambda lock: lock.stem)
def test_pre_commit_runs_the_linter_of_the_locks(lock):
    hooks = yaml.safe_load((REPO / '.pre-commit-config.yaml').read_text())['repos']
    (rev,) = [hook['rev'] for hook in hooks if 'ruff' in hook['repo']]
    assert rev == f'v{pins(lock)["ruff"]}'


def test_mmpose_is_allowed_for_by_mim():
    (mmpose,) = [r for r in requirements('mminstall') if r.name == 'mmpose']
    assert mmpose.specifier.contains('1.3.2') and not mmpose.specifier.contains('2.0.0')


@pytest.mark.skipif(
    not list(Path(sys.prefix).glob('.set-up-*')), reason='this environment was not set up by make'
)
def test_this_environment_is_its_lock_and_wants_nothing():
    """Every installed package of the lock has the locked version and all that it requires."""
    lock = REPO / 'requirements' / f'lock-py3{sys.version_info.minor}.txt'
    installed: dict[str, str] = {}
    for found in importlib.metadata.distributions():
        # the first one on the path is imported; setuptools puts older copies of some behind it
        if found.name:
            installed.setdefault(canonicalize_name(found.name), found.version)
    pinned = pins(lock)
    markers = {
        canonicalize_name(r.name): r.marker
        for r in map(Requirement, (x for x in lock.read_text().splitlines() if x[:1].isalpha()))
    }
    for name, version in pinned.items():
        if markers[name] is None or markers[name].evaluate():
            assert installed.get(name) == version, name
    missing = {
        requirement.name
        for name in pinned
        if name in installed
        for requirement in map(Requirement, importlib.metadata.requires(name) or [])
        if requirement.marker is None or requirement.marker.evaluate({'extra': ''})
        if canonicalize_name(requirement.name) not in installed
    }
    assert missing <= LEFT_OUT


def fake_python(folder, version):
    """A program that claims to be some Python."""
    path = folder / 'python'
    path.write_text(f'#!/usr/bin/env bash\necho {version}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize('version', ['3.9', '3.14', '2.7'])
def test_another_python_is_refused_in_one_line(tmp_path, version):
    run = subprocess.run(
        ['bash', str(SET_UP), str(fake_python(tmp_path, version)), str(tmp_path / 'venv')],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2 and not run.stdout
    (line,) = run.stderr.splitlines()
    assert f'Python {version}' in line and '3.10 to 3.13' in line
    assert not (tmp_path / 'venv').exists()


def test_no_python_is_said_in_one_line(tmp_path):
    run = subprocess.run(
        ['bash', str(SET_UP), 'no-such-python', str(tmp_path / 'venv')],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    assert run.stderr.splitlines() == ['set-up: no such Python: no-such-python']


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose environment has programs that only write down what they are asked."""
    folder = tmp_path / 'checkout'
    shutil.copytree(REPO / 'requirements', folder / 'requirements')
    shutil.copy(REPO / 'setup.py', folder)
    programs = folder / '.venv' / 'bin'
    programs.mkdir(parents=True)
    for name in ('python', 'uv'):
        path = programs / name
        path.write_text(
            '#!/usr/bin/env bash\n'
            f'if [ "$1" = -c ]; then exec {sys.executable} "$@"; fi\n'
            f'echo "{name} $*" >> "{folder}/asked"\n'
        )
        path.chmod(0o755)
    return folder


def set_up(checkout):
    """Run the script and return what it asked of python and uv."""
    (checkout / 'asked').unlink(missing_ok=True)
    subprocess.run(
        ['bash', 'requirements/set_up.sh', sys.executable, '.venv'],
        cwd=checkout,
        check=True,
        capture_output=True,
    )
    asked = checkout / 'asked'
    return asked.read_text().splitlines() if asked.exists() else []


def test_an_environment_is_completed_once(checkout):
    """An existing one is used; the second call asks for nothing; a changed lock is noticed."""
    lock = f'requirements/lock-py3{sys.version_info.minor}.txt'
    asked = set_up(checkout)
    assert any(re.search(r'python -m pip install .*uv==', line) for line in asked)
    assert any(line.endswith(f'--no-deps --only-binary :all: -r {lock}') for line in asked)
    assert asked[-1].endswith('--no-deps --no-build-isolation -e .')
    assert set_up(checkout) == []
    with (checkout / lock).open('a') as file:
        file.write('# changed\n')
    assert set_up(checkout) == asked


def test_a_failed_set_up_is_tried_again(checkout):
    uv = checkout / '.venv' / 'bin' / 'uv'
    program = uv.read_text()
    uv.write_text('#!/usr/bin/env bash\nexit 1\n')
    with pytest.raises(subprocess.CalledProcessError):
        set_up(checkout)
    uv.write_text(program)
    assert set_up(checkout)


def test_ci_runs_the_tests_and_names_no_machine():
    script = REPO / '.ci' / 'run'
    assert os.access(script, os.X_OK)
    text = script.read_text()
    assert 'make test' in text and 'set -euo pipefail' in text and '/home' not in text
