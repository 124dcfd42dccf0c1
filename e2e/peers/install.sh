#!/usr/bin/env bash
# Puts the real programs Countersign is checked against on a Debian 12 machine. Run as root; running it again is quick.
#
#   install.sh           install what is missing, then print what was found
#   install.sh --check   install nothing; fail when something is missing
#
# From the machine's own suite: containerd 1.6 and runc. From a newer one: containerd 2.1, runc, skopeo, cosign, crane,
# oras, a registry, gpg and busybox. The newer suite is bootstrapped into a directory of its own, the machine's suite stays as
# it is; $COUNTERSIGN_PEERS_ROOT/bin holds one starter per program, which sees every file of the machine at its usual
# path (only /usr is the newer suite's).
set -euo pipefail
trap 'printf "peers: FAIL: line %s of install.sh\n" "$LINENO" >&2' ERR

root=${COUNTERSIGN_PEERS_ROOT:-/var/cache/countersign-peers}
suite=forky
tree=$root/$suite
own_packages=(containerd runc)
newer_packages=(
  containerd runc skopeo cosign crane oras docker-registry gpg gpg-agent busybox-static ca-certificates systemd
  containernetworking-plugins conmon # for a cluster (e2e/cluster): its pods' network, and CRI-O
)
newer_programs=(containerd ctr runc skopeo cosign crane oras docker-registry gpg)
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

say() { printf 'peers: %s\n' "$*"; }
fail() { printf 'peers: FAIL: %s\n' "$*" >&2; exit 1; }
fail_with_log() { tail -n 20 "$2" >&2; fail "$1; the whole log is $2"; }

# The mirror is the one this machine's own suite comes from, whichever of the two source formats it is written in.
own_mirror() {
  local codename
  codename=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
  {
    { cat /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } |
      awk -v suite="$codename" 'BEGIN { RS = "" } {
        uri = ""; wanted = 0; lines = split($0, line, "\n")
        for (i = 1; i <= lines; i++) {
          words = split(line[i], word, /[ \t]+/)
          if (word[1] == "URIs:") uri = word[2]
          if (word[1] == "Suites:") for (j = 2; j <= words; j++) if (word[j] == suite) wanted = 1
        }
        if (uri != "" && wanted) print uri
      }'
    { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true; } |
      sed -nE "s/^deb +(\[[^]]*\] +)?([^ ]+) +$codename +.*/\2/p"
  } | sed -n 1p
}

# Debian's way to install a daemon without starting it; a machine that already says so keeps its own file.
without_services() {
  local policy=/usr/sbin/policy-rc.d status=0
  if [ -e "$policy" ]; then "$@"; return; fi
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  "$@" || status=$?
  rm -f "$policy"
  return "$status"
}

install_own() {
  say "installing $* from this machine's suite"
  apt-get update -qq
  without_services apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

bootstrap_newer() {
  local mirror
  mirror=$(own_mirror)
  [ -n "$mirror" ] || fail "no mirror of this machine's own suite in /etc/apt/sources.list or /etc/apt/sources.list.d"
  command -v debootstrap >/dev/null || install_own debootstrap
  say "bootstrapping $suite into $tree (about half a minute)"
  # A half-made tree is thrown away: only a finished one gets the name the next run looks for.
  rm -rf "$tree.partial"
  debootstrap --variant=minbase "$suite" "$tree.partial" "$mirror" /usr/share/debootstrap/scripts/sid \
    >"$root/debootstrap.log" 2>&1 || fail_with_log "debootstrap did not finish" "$root/debootstrap.log"
  printf '#!/bin/sh\nexit 101\n' >"$tree.partial/usr/sbin/policy-rc.d"
  chmod 755 "$tree.partial/usr/sbin/policy-rc.d"
  apt-config dump | grep '^Acquire::' >"$tree.partial/etc/apt/apt.conf.d/90-as-the-machine" || true
  mv "$tree.partial" "$tree"
}

install_newer() {
  [ -d "$tree" ] || bootstrap_newer
  say "installing ${newer_packages[*]} from $suite"
  # Some packages set themselves up through /proc; it is mounted for this one command only.
  unshare --mount --propagation private sh -c '
    mount -t proc proc "$0/proc" && exec chroot "$0" sh -c "
      dpkg --configure -a && apt-get update -qq && apt-get install -y -qq --no-install-recommends $* && apt-get clean"
  ' "$tree" "${newer_packages[@]}" >"$root/$suite.log" 2>&1 ||
    fail_with_log "apt-get did not finish in $tree" "$root/$suite.log"
}

# bin/in-suite runs any program of the newer suite: it swaps /usr (and the loader's cache) in a mount namespace of its
# own, so nothing is left mounted behind it. The other starters name one program each, which is looked for in the system's
# own places only: a caller who has bin/ in the PATH would start the starter again, and again.
write_starters() {
  local program
  mkdir -p "$root/bin"
  write_starter in-suite <<STARTER
#!/bin/sh
exec unshare --mount --propagation private sh -c '
  mount --bind "$tree/etc/ld.so.cache" /etc/ld.so.cache && mount --rbind "$tree/usr" /usr &&
    PATH=/usr/sbin:/usr/bin:/sbin:/bin exec "\$0" "\$@"
' "\$@"
STARTER
  for program in "${newer_programs[@]}"; do
    write_starter "$program" <<STARTER
#!/bin/sh
exec "$root/bin/in-suite" $program "\$@"
STARTER
  done
}

# A rename, so that a program started meanwhile reads the old starter or the new one, whole.
write_starter() {
  cat >"$root/bin/.$1"
  chmod 755 "$root/bin/.$1"
  mv "$root/bin/.$1" "$root/bin/$1"
}

newer_missing() {
  local program
  for program in "${newer_programs[@]}"; do
    [ -x "$tree/usr/bin/$program" ] || [ -x "$tree/usr/sbin/$program" ] || printf '%s ' "$program"
  done
  [ -x "$tree/usr/bin/busybox" ] || printf 'busybox '
  [ -x "$tree/usr/lib/cni/bridge" ] || printf 'bridge '
  [ -x "$tree/usr/bin/conmon" ] || printf 'conmon '
}

# one line of a program's version output, or nothing
version_of() { { "$@" 2>/dev/null || true; } | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | sed -n 1p; }
packaged_version() { chroot "$tree" dpkg-query -W -f '${Version}' "$1" 2>/dev/null | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | sed -n 1p; }

faults=0
expect() { # name, wanted version prefix, found version, where
  if [[ $3 == "$2"* && -n $3 ]]; then
    printf 'peers: %-22s %-8s %s\n' "$1" "$3" "$4"
  else
    printf 'peers: FAIL: %s %s* is needed at %s, found %s\n' "$1" "$2" "$4" "${3:-none}" >&2
    faults=$((faults + 1))
  fi
}

print_found() {
  expect "containerd (machine)" 1.6. "$(version_of /usr/bin/containerd --version)" /usr/bin/containerd
  expect "runc (machine)" 1. "$(version_of /usr/sbin/runc --version)" /usr/sbin/runc
  expect containerd 2. "$(version_of "$root/bin/containerd" --version)" "$root/bin/containerd"
  expect runc 1. "$(version_of "$root/bin/runc" --version)" "$root/bin/runc"
  expect skopeo 1. "$(version_of "$root/bin/skopeo" --version)" "$root/bin/skopeo"
  expect gpg 2. "$(version_of "$root/bin/gpg" --version)" "$root/bin/gpg"
  # Debian's cosign, crane and busybox do not say which version they are, or not in a form worth reading.
  expect cosign 3. "$("$root/bin/cosign" version >/dev/null 2>&1 && packaged_version cosign)" "$root/bin/cosign"
  expect crane 0. "$("$root/bin/crane" version >/dev/null 2>&1 && packaged_version crane)" "$root/bin/crane"
  expect oras 1. "$(version_of "$root/bin/oras" version)" "$root/bin/oras"
  expect docker-registry 2. "$("$root/bin/docker-registry" --version >/dev/null 2>&1 && packaged_version docker-registry)" "$root/bin/docker-registry"
  expect busybox-static 1. "$("$tree/usr/bin/busybox" true 2>/dev/null && packaged_version busybox-static)" "$tree/usr/bin/busybox"
  expect cni-bridge 1. "$([ -x "$tree/usr/lib/cni/bridge" ] && packaged_version containernetworking-plugins)" "$tree/usr/lib/cni/bridge"
  expect conmon 2. "$(version_of "$root/bin/in-suite" conmon --version)" "$tree/usr/bin/conmon"
  [ "$faults" -eq 0 ] || fail "$faults of the programs above are missing; run 'npm run peers' as root on Debian 12"
}

[ "$(uname -s)" = Linux ] || fail "the peers run on Linux"
[ "$(id -u)" -eq 0 ] || fail "must be root: the peers mount, and start containers"
if [ "${1:-}" != --check ]; then
  command -v apt-get >/dev/null || fail "needs Debian 12: there is no apt-get here"
  mkdir -p "$root"
  exec 9>"$root/.lock"
  flock 9
  { [ -x /usr/bin/containerd ] && [ -x /usr/sbin/runc ]; } || install_own "${own_packages[@]}"
  [ -z "$(newer_missing)" ] || install_newer
  write_starters
  exec 9>&-
fi
print_found
