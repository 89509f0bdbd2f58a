#!/usr/bin/env bash
# compose.sh FOLDER: unpacks Docker's own Compose plugin, from the Debian release after bookworm, into FOLDER.
# It parses docker-compose.yml in the tests and needs no Docker engine. Nothing is installed on the system.
# Where that can't be done the tests that need it are skipped, with a message.
set -euo pipefail
exec 1>&2 </dev/null
folder="$1"
if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    echo "Not unpacked: docker-compose (this is no Debian)"
    exit 0
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
# The mirror that this machine uses, with another release.
mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)"
echo "deb $mirror trixie main" >"$work/sources.list"
apt=(apt-get -qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=- \
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
if ! ("${apt[@]}" update && cd "$work" && "${apt[@]}" download docker-compose) >"$work/log" 2>&1; then
    tail -n 5 "$work/log"
    echo "Not unpacked: docker-compose"
    exit 0
fi
dpkg -x "$work"/docker-compose_*.deb "$work/x"
mkdir -p "$folder"
cp "$work/x/usr/libexec/docker/cli-plugins/docker-compose" "$folder/"
echo "Unpacked: $folder/docker-compose"
