#!/bin/sh
# Makes a fresh Debian root the lab's full guest. mmdebstrap runs it outside, with the root's folder as its argument.
set -e
root=$1

chroot "$root" useradd --create-home --uid 1000 --shell /bin/bash --password '*' ops

# The host key comes with the guest's disk, so that it is known before first contact.
rm -f "$root"/etc/ssh/ssh_host_*
cat >"$root/etc/ssh/sshd_config.d/lab.conf" <<'END'
HostKey /var/lib/lab/ssh_host_ed25519_key
PasswordAuthentication no
UseDNS no
END

mkdir -p "$root/etc/systemd/logind.conf.d"
printf '[Login]\nKillUserProcesses=yes\n' >"$root/etc/systemd/logind.conf.d/lab.conf"

cat >"$root/etc/systemd/system/lab-ready.service" <<'END'
[Unit]
Description=Says on the console that SSH listens and the devices are there
After=ssh.service systemd-user-sessions.service systemd-logind.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'udevadm settle --timeout=120; echo "daxfleet-lab: ready" >/dev/console'
[Install]
WantedBy=multi-user.target
END
chroot "$root" systemctl enable lab-ready.service
chroot "$root" systemctl set-default multi-user.target

# Nobody sits at this machine, nothing is to happen in it that a test did not do, and an emulated processor takes a
# second for each unit that does nothing.
chroot "$root" systemctl mask getty@tty1.service serial-getty@ttyS0.service console-getty.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  systemd-timesyncd.service systemd-pstore.service ndctl-monitor.service systemd-networkd-wait-online.service \
  modprobe@configfs.service modprobe@dm_mod.service modprobe@drm.service modprobe@efi_pstore.service \
  modprobe@fuse.service modprobe@loop.service kmod-static-nodes.service systemd-sysusers.service \
  dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
  sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount systemd-binfmt.service \
  systemd-remount-fs.service systemd-random-seed.service systemd-journal-flush.service \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-machine-id-commit.service \
  systemd-ask-password-console.path systemd-ask-password-wall.path

: >"$root/etc/machine-id"
rm -f "$root/etc/fstab" "$root/etc/resolv.conf"
rm -rf "$root"/var/cache/* "$root"/var/log/* "$root"/var/lib/apt/lists/*
mkdir -p "$root/usr/lib/modules" "$root/var/lib/lab"
