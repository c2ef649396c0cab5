import type { Release } from './apt'

/** What stands on an NVDIMM: one namespace over its whole size, or nothing. */
type NamespaceMode = 'devdax' | 'fsdax' | 'raw' | 'none'

export interface NvdimmSpec {
  /** Size of the persistent memory in MiB, a multiple of 16; the label area (2 MiB) comes on top of it. */
  sizeMib: number
  namespace: NamespaceMode
}

/** A CXL memory device (type 3) of volatile memory. */
export interface CxlMemdevSpec {
  /** A multiple of 256 MiB, as decoders count. */
  sizeMib: number
  /** Its serial number as sysfs shows it, e.g. "0x12345678": what it is known by. */
  serial: string
  /** The host bridge it is behind; 0 without it. Bridges decode in any order, what is behind one by ascending address. */
  bridge?: number
}

export interface CxlSpec {
  /** A root port each. */
  memdevs: readonly CxlMemdevSpec[]
  /** Fixed memory windows of 4 GiB each, by the host bridge they lead to: decoder0.0, decoder0.1 and so on. */
  windows: readonly number[]
  /**
   * The ram regions that stand after each start, as firmware would have made them: the serial numbers in interleave
   * order, and the window. The guest reads them from /var/lib/lab/cxl-regions, where a test may change their order.
   */
  regions: readonly { window: number; serials: readonly string[] }[]
}

/**
 * small: 128 MiB memory blocks. production: more than 64 GiB of RAM, so that the kernel picks 2 GiB blocks. full: as
 * small, with systemd, udev, sudo and OpenSSH of a Debian server.
 */
type GuestKind = 'small' | 'production' | 'full'

export interface GuestSpec {
  name: string
  kind?: GuestKind
  /** One NUMA node without processors each; node1 is the first. Without it: one devdax of the kind's usual size. */
  nvdimms?: readonly NvdimmSpec[]
  /** Appended to the kernel's command line, e.g. "memhp_default_state=online". */
  kernelArgs?: readonly string[]
  /**
   * Kernel and QEMU: of this machine's Debian (6.1), or of the next release (6.12, which CXL takes). The programs of a full
   * guest are of this machine's release with both.
   */
  release?: Release
  cxl?: CxlSpec
  /** Sizes in MiB (multiples of 128) of memory that is soft-reserved, a node without processors each: HBM, say. */
  softReservedMib?: readonly number[]
  /** As on a kernel without the kmem module. */
  withoutKmem?: boolean
  /** full only: whether logind ends what a login session leaves running (KillUserProcesses). Default true. */
  killUserProcesses?: boolean
  /** Whether QEMU's monitor listens beside the guest's files: for faults of its hardware. */
  monitor?: boolean
  /** RAM in MiB; without it the kind decides. */
  memoryMib?: number
  /** Without it the kind decides. */
  processors?: number
}

/** A guest's description with every default filled in. */
export interface ResolvedSpec {
  name: string
  kind: GuestKind
  nvdimms: readonly NvdimmSpec[]
  kernelArgs: readonly string[]
  release: Release
  cxl: CxlSpec
  softReservedMib: readonly number[]
  withoutKmem: boolean
  killUserProcesses: boolean
  monitor: boolean
  memoryMib: number
  processors: number
}

/** QEMU's label area of one NVDIMM, in MiB; it lies at the end of the backing file. */
export const labelSizeMib = 2

/**
 * One processor serves an emulated guest better than two, which mostly wait for each other: boot takes a fifth less,
 * and anything else a third (measured). Only systemd, which starts many things at once, gains by a second.
 */
const kinds = {
  small: { memoryMib: 768, nvdimmMib: 1024, processors: 1 },
  // Beyond 64 GiB of RAM x86-64 takes 2 GiB blocks (probe_memory_block_size in arch/x86/mm/init_64.c).
  production: { memoryMib: 65 * 1024, nvdimmMib: 7 * 1024, processors: 1 },
  full: { memoryMib: 1024, nvdimmMib: 1024, processors: 2 },
} as const

export const noCxl: CxlSpec = { memdevs: [], windows: [], regions: [] }

/** Fills in defaults and refuses what QEMU or the kernel would only complain about later. */
export function resolveSpec(spec: GuestSpec): ResolvedSpec {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(spec.name)) {
    throw new Error(
      `"${spec.name}" is no guest name: a letter, then letters, digits and hyphens, 31 at most, all lower case`,
    )
  }
  const kind = spec.kind ?? 'small'
  const cxl = spec.cxl ?? noCxl
  const softReservedMib = spec.softReservedMib ?? []
  const hasOther = cxl.memdevs.length + softReservedMib.length > 0
  const nvdimms =
    spec.nvdimms ?? (hasOther ? [] : [{ sizeMib: kinds[kind].nvdimmMib, namespace: 'devdax' as const }])
  for (const { sizeMib } of nvdimms) {
    if (!Number.isInteger(sizeMib) || sizeMib < 16 || sizeMib % 16 !== 0) {
      throw new Error(
        `${sizeMib} MiB is no NVDIMM size: take a multiple of 16 MiB (the label area is added by the lab)`,
      )
    }
  }
  checkOther(spec, cxl, softReservedMib)
  if (nvdimms.length > 7) throw new Error('A lab guest has slots for seven NVDIMMs at most')
  return {
    name: spec.name,
    kind,
    nvdimms,
    kernelArgs: spec.kernelArgs ?? [],
    release: spec.release ?? (cxl.memdevs.length > 0 ? 'next' : 'own'),
    cxl,
    softReservedMib,
    withoutKmem: spec.withoutKmem ?? false,
    killUserProcesses: spec.killUserProcesses ?? true,
    monitor: spec.monitor ?? false,
    memoryMib: spec.memoryMib ?? kinds[kind].memoryMib,
    processors: spec.processors ?? kinds[kind].processors,
  }
}

function checkOther({ release }: GuestSpec, cxl: CxlSpec, softReservedMib: readonly number[]): void {
  const wantsNext = release === 'next' || cxl.memdevs.length > 0
  if (wantsNext && release === 'own') throw new Error('CXL takes the next release: leave `release` out')
  for (const { sizeMib, serial } of cxl.memdevs) {
    if (!Number.isInteger(sizeMib) || sizeMib < 256 || sizeMib % 256 !== 0) {
      throw new Error(`${sizeMib} MiB is no size of a CXL memory device: take a multiple of 256 MiB`)
    }
    if (!/^0x[1-9a-f][0-9a-f]{0,15}$/.test(serial)) throw new Error(`"${serial}" is no serial number`)
  }
  for (const { window, serials } of cxl.regions) {
    const known = serials.every((serial) => cxl.memdevs.some((memdev) => memdev.serial === serial))
    if (!known || window >= cxl.windows.length)
      throw new Error('A CXL region names a memory device or window there is not')
  }
  for (const sizeMib of softReservedMib) {
    if (!Number.isInteger(sizeMib) || sizeMib < 128 || sizeMib % 128 !== 0) {
      throw new Error(`${sizeMib} MiB cannot be soft-reserved: take a multiple of 128 MiB`)
    }
  }
}
