#!/bin/sh
# Brings the guest up: file systems, modules, state disk, network. busybox init runs it once, before dropbear.
export PATH=/usr/bin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p /run/lock
echo 'daxfleet-lab: alive' >/dev/console

# lab.kmem=absent: as on a kernel without the module; =unloaded: there, and nobody has loaded it yet.
kmem=loaded
for word in $(cat /proc/cmdline); do
  case $word in lab.kmem=*) kmem=${word#lab.kmem=} ;; esac
done
modules=/lib/modules/$(uname -r)
if [ "$kmem" = absent ]; then
  rm -f "$modules"/kernel/drivers/dax/kmem.ko*
  # By its path: busybox would run its own, which writes no index that modprobe and daxctl read.
  /usr/bin/depmod
fi
# kmod reads compressed modules; where none is, busybox starts in a fifth of the time, some thirty times over.
insert() {
  case $1 in
    *.ko) /usr/bin/busybox insmod "$1" ;;
    *) /usr/bin/insmod "$1" ;;
  esac
}
while read -r name path; do
  [ "$name" = kmem ] && [ "$kmem" != loaded ] && continue
  # Only a full guest stacks file systems.
  [ "$name" = overlay ] && continue
  insert "$modules/$path" 2>/dev/null || echo "daxfleet-lab: module $name was not inserted" >/dev/console
done </etc/lab/modules

if ! mount -t ext4 /dev/vda /var/lib; then
  echo 'daxfleet-lab: no state disk' >/dev/console
  exit 1
fi
chown -R 0:0 /var/lib/lab
cp /var/lib/lab/machine-id /etc/machine-id
hostname "$(cat /var/lib/lab/hostname)"
cp /var/lib/lab/hostname /etc/hostname
echo "127.0.0.1 localhost $(hostname)" >/etc/hosts
for account in root:0:/root ops:1000:/home/ops; do
  name=${account%%:*} rest=${account#*:}
  id=${rest%%:*} home=${rest#*:}
  mkdir -p "/var/lib/home/$name/.ssh"
  cp /var/lib/lab/authorized_keys "/var/lib/home/$name/.ssh/authorized_keys"
  chmod 700 "/var/lib/home/$name" "/var/lib/home/$name/.ssh"
  chmod 600 "/var/lib/home/$name/.ssh/authorized_keys"
  chown "$id:$id" "/var/lib/home/$name" "/var/lib/home/$name/.ssh" "/var/lib/home/$name/.ssh/authorized_keys"
  mount --bind "/var/lib/home/$name" "$home"
done
chmod 600 /var/lib/lab/dropbear_ed25519_host_key

. /etc/lab/cxl-regions.sh
make_regions </var/lib/lab/cxl-regions

ifconfig lo 127.0.0.1 up
ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up

# dropbear is started by init right after this script; "ready" is said when the port listens (state 0A), not earlier.
(
  until grep -q ':0016 [0:]* 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null; do sleep 0.1; done
  echo 'daxfleet-lab: ready' >/dev/console
) &
