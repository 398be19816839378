#!/usr/bin/env bash
# test_matrix.sh [PYTEST ARGUMENTS]: for each supported Python that is found, install its lock
# into .venv-pyXY and run the quick tests. Exit status 1 if any of them fails.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

find_python() {
    if "python$1" -c '' 2>/dev/null; then
        command -v "python$1"
    elif command -v pyenv >/dev/null; then
        ls -d "$(pyenv root)"/versions/"$1".*/bin/python 2>/dev/null | tail -n 1
    fi
}

failed=()
for version in 3.10 3.11 3.12 3.13; do
    python=$(find_python "$version")
    if [ -z "$python" ]; then
        echo "== Python $version: not found, skipped"
        continue
    fi
    venv=.venv-py${version/./}
    echo "== Python $version ($python)"
    bash requirements/set_up.sh "$python" "$venv" &&
        OMP_NUM_THREADS=1 "$venv/bin/python" -m pytest -m 'not slow' "$@" ||
        failed+=("$version")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "failed on: ${failed[*]}"
    exit 1
fi
