#!/bin/bash
# Runs a test driver as root where it sees no network, processes, cgroups or
# /run but its own; everything that it started ends with it.
# usage (inside the Debian root): drive.sh DRIVER [ARG...]
set -euo pipefail
[ "$1" = -- ] || exec unshare --mount --propagation private bash "$0" -- "$@"
shift
if mountpoint -q /sys/fs/cgroup; then umount -l /sys/fs/cgroup; fi
mount -t cgroup2 cgroup /sys/fs/cgroup
group=$(mktemp -d /sys/fs/cgroup/drive-XXXXXX)
end() {
  echo 1 > "$group/cgroup.kill"
  while grep -q 'populated 1' "$group/cgroup.events"; do sleep 0.05; done
  find "$group" -depth -type d -exec rmdir {} +
}
trap end EXIT
(
  echo 0 > "$group/cgroup.procs"
  exec unshare --cgroup --mount --net --ipc --uts --pid --fork --mount-proc bash -euc '
    mount -t tmpfs -o mode=755 run /run
    export TMPDIR=/run/tmp; mkdir "$TMPDIR"
    umount -l /sys; mount -t sysfs sys /sys; mount -t cgroup2 cgroup /sys/fs/cgroup
    systemd-id128 new > /run/machine-id; mount --bind /run/machine-id /etc/machine-id
    ip link set lo up
    "$@"' drive "$@"
)
