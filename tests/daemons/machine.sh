# The first process of a machine: called with network, mount and process
# namespaces of its own, it gives the machine its own /etc, /run, /dev and logs.
# All of it is memory, and gone with this process. Prints "ready".
set -eu
ip link set lo up
mount -t tmpfs -o mode=755 run /run
mkdir /run/sshd /run/fail2ban /run/dev /run/dev/pts /run/dev/shm
cp -a /etc /run/etc
mount --bind /run/etc /etc
# /dev of its own: syslog's socket is a file in it.
for device in null zero full random urandom tty; do
  : >"/run/dev/$device"
  mount --bind "/dev/$device" "/run/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=666 devpts /run/dev/pts
ln -s pts/ptmx /run/dev/ptmx
ln -s /proc/self/fd /run/dev/fd
mount --rbind /run/dev /dev
# Databases of daemons, and records of logins.
mount -t tmpfs lib /var/lib
mount -t tmpfs log /var/log
echo ready
exec sleep infinity
