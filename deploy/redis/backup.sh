#!/bin/sh
# backup.sh [once]: copies all of a running Redis into an RDB file of BACKUP_FOLDER, every BACKUP_EVERY_S seconds, and
# keeps the newest BACKUP_KEEP. A copy is one moment of Redis, as a new replica gets it: stories and positions in it
# belong together. REDIS_URL says where Redis is, REDIS_OPTIONS holds more options of redis-cli (--user, --cacert); a
# password in REDISCLI_AUTH stays out of the list of processes.
set -eu
folder="${BACKUP_FOLDER:-/backup}"
keep="${BACKUP_KEEP:-28}"
every="${BACKUP_EVERY_S:-21600}"

backup() { # a chain, for the shell ignores errors in a function whose end is asked for
    # shellcheck disable=SC2015,SC2086 # on failure the log, whatever failed; several options are several words
    part="$folder/.part.rdb" && copy="$folder/redis-$(date -u +%Y%m%dT%H%M%SZ).rdb" &&
        redis-cli -u "$REDIS_URL" ${REDIS_OPTIONS:-} --rdb "$part" >"$folder/.log" 2>&1 &&
        redis-check-rdb "$part" >"$folder/.log" 2>&1 &&
        mv "$part" "$copy" &&
        echo "backed up: $copy, $(wc -c <"$copy") bytes" || { cat "$folder/.log" >&2 && return 1; }
    # Names sort by time.
    find "$folder" -maxdepth 1 -name 'redis-*.rdb' | sort -r | tail -n "+$((keep + 1))" | while read -r old; do
        rm -- "$old"
    done
}

if [ "${1:-}" = once ]; then
    backup
    exit
fi
while :; do
    if backup; then sleep "$every"; else
        echo "no backup; next try in a minute" >&2
        sleep 60
    fi
done
