#!/usr/bin/env bash
# set_up.sh PYTHON VENV: install the lock of that Python, and this checkout, into VENV.
# A second call with nothing changed returns at once; an existing environment is completed.
set -euo pipefail

PYTHON=$1
VENV=$2
UV=uv==0.13.8
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"

if ! "$VENV/bin/python" -c '' 2>/dev/null; then
    base=$PYTHON
else
    base=$VENV/bin/python
fi
command -v "$base" >/dev/null || { echo "set-up: no such Python: $base" >&2; exit 2; }
version=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
lock=requirements/lock-py${version/./}.txt
if [ ! -f "$lock" ]; then
    echo "set-up: Python $version ($base) is not supported, 3.10 to 3.13 are; choose one with PYTHON=python3.11 and an empty $VENV" >&2
    exit 2
fi

stamp=$VENV/.set-up-$(cat "$lock" setup.py requirements/runtime.txt "${BASH_SOURCE[0]}" \
    | "$base" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:16])')
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$ROOT" ]; then
    exit 0
fi

echo "set-up: Python $version, $lock into $VENV"
[ "$base" = "$VENV/bin/python" ] || "$PYTHON" -m venv --clear "$VENV"
python=$VENV/bin/python
"$python" -m pip --version >/dev/null 2>&1 || "$python" -m ensurepip --upgrade >/dev/null

if "$python" -m pip install -q --disable-pip-version-check --only-binary :all: "$UV"; then
    install=("$VENV/bin/uv" pip install -q --python "$python")
else
    echo 'set-up: no uv, pip takes its place (slower)' >&2
    install=("$python" -m pip install -q --disable-pip-version-check)
fi
"${install[@]}" --no-deps --only-binary :all: -r "$lock"
"${install[@]}" --no-deps --no-build-isolation -e .

rm -f "$VENV"/.set-up-*
echo "$ROOT" > "$stamp"
echo "set-up: done"
