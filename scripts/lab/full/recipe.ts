/** What the full guest is made of, besides the small guest's kernel and modules. */

/** Installed on top of Debian's essential packages, with their dependencies and nothing recommended. */
export const packages = [
  ...['systemd-sysv', 'udev', 'dbus', 'libpam-systemd', 'sudo', 'openssh-server', 'kmod', 'iproute2'],
  ...['ndctl', 'daxctl', 'procps'],
] as const

/** Documentation and translations: a third of the size, and nobody reads them there. */
export const excludedPaths = [
  ...['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*'],
  ...['/usr/share/lintian/*', '/usr/share/bash-completion/*', '/usr/share/zsh/*'],
] as const

/** Free space in the image is of no use: what a guest changes lies on its own disk. */
export const sparePercent = 15
