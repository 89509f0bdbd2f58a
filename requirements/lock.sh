#!/usr/bin/env bash
# Writes requirements/lock.txt: what pyproject.toml resolves to today. Called by `make lock`.
set -euo pipefail
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

"$python" -m venv "$scratch/venv"
pip=("$scratch/venv/bin/python" -m pip)
"${pip[@]}" install -qq --upgrade 'pip>=25.1'
# torch first, in the version that pyproject.toml names: whatever asks for it later takes the one it finds.
torch="$(grep -oE 'torch==[0-9.]+' pyproject.toml)"
"${pip[@]}" install -qq "$torch"
# A copy: an installation from the working tree leaves its own files there.
mkdir "$scratch/project"
cp pyproject.toml "$scratch/project/"
touch "$scratch/project/README.md"
"${pip[@]}" install -qq ./client "$scratch/project[all,embedded,export,quantise]" --group "$scratch/project/pyproject.toml:dev"

version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
{
    echo "# Constraints: the versions that this project is developed and tested with, on Python $version."
    echo "#"
    echo "#     pip install -c requirements/lock.txt -e client -e ."
    echo "#"
    echo "# Made from client/pyproject.toml and pyproject.toml (extras 'embedded' and 'quantise' and group 'dev' included) by \`make lock\`."
    "${pip[@]}" freeze --exclude groundswell --exclude groundswell-pipeline | sed -E 's/\+[a-z0-9.]+$//' | LC_ALL=C sort -f
} >"$scratch/lock.txt"
if grep -nE ' @ |://' "$scratch/lock.txt"; then
    echo "a package came from an address instead of an index; nothing was written" >&2
    exit 1
fi
mv "$scratch/lock.txt" requirements/lock.txt
