#!/usr/bin/env bash
# debian.sh PACKAGE...: installs Debian packages where that is possible without asking (as root, with apt),
# and says what to do where it is not. What needs them is skipped by the tests, with a message.
set -euo pipefail
exec 1>&2 </dev/null
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not installed: $*. On Debian: sudo apt-get install $*"
    exit 0
fi
echo "Installing $*"
export DEBIAN_FRONTEND=noninteractive
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if ! { apt-get update && apt-get install --yes --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log"
    echo "apt-get could not install $*"
fi
