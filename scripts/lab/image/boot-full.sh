#!/bin/sh
# Hands over to the full guest: finds its root, gives it its identity, and lets systemd take the place of this script.
# The kernel runs it instead of busybox init (rdinit=); udev of the full guest loads the modules of the memory.
export PATH=/usr/bin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
echo 'daxfleet-lab: alive' >/dev/console
fail() {
  echo "daxfleet-lab: $1" >/dev/console
  poweroff -f
}

kmem=loadable sessions=killed
for word in $(cat /proc/cmdline); do
  case $word in
    lab.kmem=*) kmem=${word#lab.kmem=} ;;
    lab.sessions=*) sessions=${word#lab.sessions=} ;;
  esac
done
modules=/lib/modules/$(uname -r)
if [ "$kmem" = absent ]; then
  rm -f "$modules"/kernel/drivers/dax/kmem.ko*
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
  case $name in libnvdimm | nfit | nd_* | cxl_* | dax_* | device_dax | kmem) continue ;; esac
  insert "$modules/$path" 2>/dev/null || echo "daxfleet-lab: module $name was not inserted" >/dev/console
done </etc/lab/modules

mkdir -p /base /state /new
mount -t ext4 -o ro /dev/vdb /base || fail 'no root disk'
mount -t ext4 /dev/vda /state || fail 'no state disk'
chown -R 0:0 /state/lab/*_* /state/lab/machine-id /state/lab/hostname
if [ ! -e /state/lab/root/filled ]; then
  mkdir -p /state/lab/root/upper /state/lab/root/work
  cp -a /base/var/lib/. /state/ && touch /state/lab/root/filled || fail 'the state disk could not be filled'
fi
# As firmware does it, before there is a system: no program of the guest's own makes regions.
if [ -s /state/lab/cxl-regions ]; then
  while read -r name path; do
    case $name in cxl_*) insert "$modules/$path" ;; esac
  done </etc/lab/modules
  . /etc/lab/cxl-regions.sh
  make_regions </state/lab/cxl-regions
fi
# What the guest changes of its root goes to the state disk; the base is shared and read-only.
mount -t overlay -o lowerdir=/base,upperdir=/state/lab/root/upper,workdir=/state/lab/root/work root /new ||
  fail 'the root could not be put together'
umount /base
cp /state/lab/machine-id /new/etc/machine-id
cp /state/lab/hostname /new/etc/hostname
# Without its own name in hosts, sudo waits for a name server that does not exist.
echo "127.0.0.1 localhost $(cat /state/lab/hostname)" >/new/etc/hosts
for account in root:0:/root ops:1000:/home/ops; do
  rest=${account#*:}
  id=${rest%%:*} home=/new${rest#*:}
  mkdir -p "$home/.ssh"
  cp /state/lab/authorized_keys "$home/.ssh/authorized_keys"
  chmod 700 "$home/.ssh"
  chmod 600 "$home/.ssh/authorized_keys"
  chown "$id:$id" "$home/.ssh" "$home/.ssh/authorized_keys"
done
chmod 600 /state/lab/*_key
[ "$sessions" = kept ] && rm -f /new/etc/systemd/logind.conf.d/lab.conf

mount -t tmpfs -o mode=755 tmpfs /new/usr/lib/modules
cp -a /lib/modules/. /new/usr/lib/modules/
# /var/lib is the state disk itself, as in the small guest: a journal there lies on a plain ext4.
mount --move /state /new/var/lib
ifconfig lo 127.0.0.1 up
ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up
for folder in dev proc sys; do mount --move "/$folder" "/new/$folder"; done
echo 'daxfleet-lab: handing over to systemd' >/dev/console
exec switch_root /new /sbin/init
