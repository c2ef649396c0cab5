/** What stands on an NVDIMM: one namespace over its whole size, or nothing. */
type NamespaceMode = 'devdax' | 'fsdax' | 'raw' | 'none'

export interface NvdimmSpec {
  /** Size of the persistent memory in MiB, a multiple of 16; the label area (2 MiB) comes on top of it. */
  sizeMib: number
  namespace: NamespaceMode
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
  /** As on a kernel without the kmem module. */
  withoutKmem?: boolean
  /** full only: whether logind ends what a login session leaves running (KillUserProcesses). Default true. */
  killUserProcesses?: boolean
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
  withoutKmem: boolean
  killUserProcesses: boolean
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

/** Fills in defaults and refuses what QEMU or the kernel would only complain about later. */
export function resolveSpec(spec: GuestSpec): ResolvedSpec {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(spec.name)) {
    throw new Error(
      `"${spec.name}" is no guest name: a letter, then letters, digits and hyphens, 31 at most, all lower case`,
    )
  }
  const kind = spec.kind ?? 'small'
  const nvdimms = spec.nvdimms ?? [{ sizeMib: kinds[kind].nvdimmMib, namespace: 'devdax' as const }]
  for (const { sizeMib } of nvdimms) {
    if (!Number.isInteger(sizeMib) || sizeMib < 16 || sizeMib % 16 !== 0) {
      throw new Error(
        `${sizeMib} MiB is no NVDIMM size: take a multiple of 16 MiB (the label area is added by the lab)`,
      )
    }
  }
  if (nvdimms.length > 7) throw new Error('A lab guest has slots for seven NVDIMMs at most')
  return {
    name: spec.name,
    kind,
    nvdimms,
    kernelArgs: spec.kernelArgs ?? [],
    withoutKmem: spec.withoutKmem ?? false,
    killUserProcesses: spec.killUserProcesses ?? true,
    memoryMib: spec.memoryMib ?? kinds[kind].memoryMib,
    processors: spec.processors ?? kinds[kind].processors,
  }
}
