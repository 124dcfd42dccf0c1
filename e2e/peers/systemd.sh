#!/usr/bin/env bash
# Becomes systemd, as the first process of process, mount and cgroup namespaces of its own (systemd.ts opens them).
# usage: systemd.sh DIRECTORY UNITS COUNTERSIGN
#   DIRECTORY    DIRECTORY/node and DIRECTORY/countersign are /run/node and /run/countersign inside; etc is /etc/countersign
#   UNITS        what is to lie in /etc/systemd/system
#                /etc/countersign must be there, as a place to mount on
#   COUNTERSIGN  what is to be started as /usr/local/bin/countersign
set -eu
directory=$1 units=$2 countersign=$3
mkdir -p "$directory/node" "$directory/countersign" "$directory/etc" "$directory/state" "$directory/system"
cp -r "$units/." "$directory/system"
mount -t tmpfs tmpfs /run
mkdir /run/node /run/countersign
mount --bind "$directory/node" /run/node
mount --bind "$directory/countersign" /run/countersign
mount --bind "$directory/system" /etc/systemd/system
mount --bind "$directory/etc" /etc/countersign
mount -t tmpfs tmpfs /var/lib
mkdir /var/lib/countersign
mount --bind "$directory/state" /var/lib/countersign
umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
# systemd lays a /tmp of its own over ours, where the checkout may lie.
mount -t tmpfs tmpfs /usr/local/lib
mkdir /usr/local/lib/countersign
mount --bind "${countersign%/apps/cli/bin/countersign}" /usr/local/lib/countersign
mount -t tmpfs tmpfs /usr/local/bin
ln -s /usr/local/lib/countersign/apps/cli/bin/countersign /usr/local/bin/countersign
export container=countersign
exec /usr/lib/systemd/systemd --system --unit=sockets.target --log-target=console --log-level=info --show-status=no
