#!/bin/sh
# restore.sh FILE FOLDER: the Redis that keeps its data in FOLDER starts with those of FILE, a copy made by backup.sh.
# Redis must be stopped. With an append-only file Redis reads no dump.rdb, so FILE becomes the base of a new one. What
# stood there is put aside. REDIS_URL, where it is set, is asked whether Redis really stands still.
set -eu
file="$1"
folder="${2:-/data}"
now="$(date -u +%Y%m%dT%H%M%SZ)"

if [ -n "${REDIS_URL:-}" ] && redis-cli -u "$REDIS_URL" ping >/dev/null 2>&1; then
    echo "Redis still answers: stop it first, else it writes its own data over these." >&2
    exit 1
fi
redis-check-rdb "$file" >/dev/null || {
    echo "$file is no RDB file that this version of Redis can read." >&2
    exit 1
}
new="$folder/restoring-$now"
mkdir "$new"
cp "$file" "$new/appendonly.aof.1.base.rdb"
echo "file appendonly.aof.1.base.rdb seq 1 type b" >"$new/appendonly.aof.manifest"
sync
if [ -e "$folder/appendonlydir" ]; then
    mv "$folder/appendonlydir" "$folder/before-$now"
    echo "put aside: $folder/before-$now"
fi
mv "$new" "$folder/appendonlydir"
echo "restored: start Redis"
