#!/usr/bin/env bash
# Runs one program, as often as told, from the first process of its own process and mount namespaces (room.ts opens them).
# usage: room.sh LOG [PRIVATE_DIRECTORY...] -- PROGRAM [ARGUMENT...]
# Orders come on stdin, each answered by one line on stdout:  start -> started    stop SIGNAL -> exited STATUS
# When stdin ends, however its other end came to its end, this process ends, and the kernel ends the whole room with it.
set -u
log=$1
shift
exec 2>>"$log"
while [ "$1" != -- ]; do
  mkdir -p "$1" && mount -t tmpfs tmpfs "$1" || exit
  shift
done
shift
program=
while read -r order signal; do
  case $order in
    start)
      "$@" >>"$log" 2>&1 </dev/null &
      program=$!
      echo started
      ;;
    stop)
      kill -s "$signal" "$program" 2>/dev/null
      wait "$program"
      echo "exited $?"
      ;;
  esac
done
