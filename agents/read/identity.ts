import type { Host } from '../host'
import type { HostIdentity } from '../protocol'
import { lineAfter, readOptional } from './files'

const DMI = '/sys/class/dmi/id'
/** DMI vendors and products of the hypervisors met most, in the words people use for them. */
const HYPERVISORS: [RegExp, string][] = [
  [/QEMU|Bochs|SeaBIOS/i, 'qemu'],
  [/KVM/i, 'kvm'],
  [/VMware/i, 'vmware'],
  [/Virtual Machine|Hyper-V/i, 'hyper-v'],
  [/VirtualBox|innotek/i, 'virtualbox'],
  [/Xen/i, 'xen'],
  [/Amazon EC2/i, 'amazon'],
  [/Google Compute/i, 'google'],
]

/** `none` on bare metal, else the hypervisor as far as firmware tells. */
export async function readVirtualization(host: Host): Promise<string> {
  const hypervisor = await readOptional(host, '/sys/hypervisor/type')
  if (hypervisor !== null && hypervisor !== '') return hypervisor
  const names = [
    await readOptional(host, `${DMI}/sys_vendor`),
    await readOptional(host, `${DMI}/product_name`),
  ]
  const known = HYPERVISORS.find(([pattern]) => names.some((name) => name !== null && pattern.test(name)))
  if (known !== undefined) return known[1]
  const cpu = await readOptional(host, '/proc/cpuinfo')
  return cpu !== null && /^flags\s*:.*\bhypervisor\b/m.test(cpu) ? 'unknown hypervisor' : 'none'
}

async function osName(host: Host): Promise<string> {
  const release =
    (await readOptional(host, '/etc/os-release')) ?? (await readOptional(host, '/usr/lib/os-release'))
  const pretty = /^"?([^"]*)"?$/.exec(lineAfter(release ?? '', 'PRETTY_NAME=') ?? 'Linux')
  return pretty?.[1] ?? 'Linux'
}

/** QuickJS has no uname(2): the program's own ELF header names the machine it was built for, and so runs on. */
export async function architecture(host: Host): Promise<string> {
  const handle = await host.openRead(await host.self())
  try {
    const header = await host.readFrom(handle, 0)
    const machine = (header[18] ?? 0) | ((header[19] ?? 0) << 8)
    return machine === 62 ? 'x86_64' : machine === 183 ? 'aarch64' : `elf-machine-${machine}`
  } finally {
    await host.close(handle)
  }
}

/** Which run of the kernel this is: a new one with every start. */
export async function readBootId(host: Host): Promise<string> {
  return (await readOptional(host, '/proc/sys/kernel/random/boot_id')) ?? ''
}

/** What a plan is bound to. `dmiUuid` reads as '' without root, and where firmware has none. */
export async function readMachine(
  host: Host,
): Promise<Pick<HostIdentity, 'machineId' | 'dmiUuid' | 'bootId' | 'kernelRelease'>> {
  return {
    machineId: (await readOptional(host, '/etc/machine-id')) ?? '',
    dmiUuid: ((await readOptional(host, `${DMI}/product_uuid`)) ?? '').toLowerCase(),
    bootId: await readBootId(host),
    kernelRelease: (await readOptional(host, '/proc/sys/kernel/osrelease')) ?? '',
  }
}

/** Who this host is. */
export async function readIdentity(host: Host): Promise<HostIdentity> {
  return {
    ...(await readMachine(host)),
    hostname: (await readOptional(host, '/proc/sys/kernel/hostname')) ?? '',
    architecture: await architecture(host),
    virtualization: await readVirtualization(host),
    osName: await osName(host),
  }
}

const CAP_SYS_ADMIN = 21n

/** Root in the sense that matters here: sysfs opens its 0200 and 0400 files, and iomem tells addresses. */
export async function isPrivileged(host: Host): Promise<boolean> {
  const status = (await readOptional(host, '/proc/self/status')) ?? ''
  const effective = /^\s*([0-9a-f]{1,16})$/.exec(lineAfter(status, 'CapEff:') ?? '')?.[1]
  const uid = /^\s*\d+\s+(\d+)/.exec(lineAfter(status, 'Uid:') ?? '')?.[1]
  return uid === '0' && effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n
}
