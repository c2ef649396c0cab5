/** What the small guest is made of. Everything in this folder is part of the image's cache key. */

/** The stock kernel; the meta package names the one that is current. */
export const kernelPackage = 'linux-image-amd64'

/** Programs of the guest; their libraries follow from what the programs are linked with. */
export const programPackages = [
  'busybox-static',
  'dropbear-bin',
  'openssh-sftp-server',
  'ndctl',
  'daxctl',
  'kmod',
] as const

/** Debian 12 has no cxl yet. */
export const nextPackages = ['cxl'] as const

/** Unpacked for the build itself; no part of the guest. */
export const toolPackages = ['xz-utils'] as const

/** Path in the package -> path in the guest. */
export const programs: ReadonlyArray<readonly [string, string]> = [
  ['bin/busybox', 'usr/bin/busybox'],
  ['usr/sbin/dropbear', 'usr/bin/dropbear'],
  ['usr/lib/openssh/sftp-server', 'usr/lib/openssh/sftp-server'],
  ['usr/bin/ndctl', 'usr/bin/ndctl'],
  ['usr/bin/daxctl', 'usr/bin/daxctl'],
  ['bin/kmod', 'usr/bin/kmod'],
]

/** Of the next release alone. */
export const nextPrograms: typeof programs = [['usr/bin/cxl', 'usr/bin/cxl']]

/** kmod's own, so that modprobe honours /etc/modprobe.d as on a real host (busybox's does not). */
export const kmodNames = ['modprobe', 'insmod', 'rmmod', 'lsmod', 'modinfo', 'depmod'] as const

/** Inserted at boot in this order; what a kernel has built in, or lacks, is skipped. */
export const modules = [
  ...['failover', 'net_failover', 'virtio_ring', 'virtio', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev'],
  ...[
    'virtio_pci',
    'virtio_net',
    'virtio_blk',
    'crc16',
    'crc32c_generic',
    'mbcache',
    'jbd2',
    'ext4',
    'overlay',
  ],
  ...['libnvdimm', 'nfit', 'nd_btt', 'nd_pmem', 'cxl_core', 'cxl_port', 'cxl_acpi', 'cxl_pci', 'cxl_mem'],
  ...['cxl_pmem', 'device_dax', 'dax_pmem', 'dax_cxl', 'dax_hmem', 'kmem'],
] as const

/** The line on the serial console that says: SSH listens. */
export const readyLine = 'daxfleet-lab: ready'

/** The line that says: this kernel runs programs (enough to know that an accelerator works). */
export const aliveLine = 'daxfleet-lab: alive'
