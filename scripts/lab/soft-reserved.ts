import type { ResolvedSpec } from './spec'

/** e820 types (arch/x86/include/asm/e820/types.h): plain RAM, nobody's, and what is set aside for a driver to give out. */
const [RAM, RESERVED, SOFT_RESERVED] = ['1', '2', '0xefffffff']

/** Behind it all: QEMU puts its ACPI tables at the end of RAM, and a range that ends crookedly becomes no device. */
const TAIL_MIB = 2

/** How much RAM that takes of QEMU, in MiB. */
export function softReservedTotalMib({ softReservedMib }: Pick<ResolvedSpec, 'softReservedMib'>): number {
  return softReservedMib.length === 0 ? 0 : softReservedMib.reduce((sum, sizeMib) => sum + sizeMib, TAIL_MIB)
}

/**
 * RAM of nodes without processors, right behind the guest's own. The tail is a node of its own: beside an HMAT (as with CXL)
 * the kernel takes what the firmware says of a node as one range, and none that is soft-reserved only in part.
 */
export function softReserved({ softReservedMib, nvdimms }: ResolvedSpec): string[] {
  if (softReservedMib.length === 0) return []
  return [...softReservedMib, TAIL_MIB].flatMap((sizeMib, n) => [
    ...['-object', `memory-backend-ram,id=soft${n},size=${sizeMib}M,reserve=off`],
    ...['-numa', `node,nodeid=${nvdimms.length + 1 + n},memdev=soft${n}`],
  ])
}

/**
 * Kernel parameters that turn it into soft-reserved memory, for QEMU's firmware cannot: `memmap=size%offset-old+new`.
 * Below 2 GiB in all, so that it lies right behind the RAM, without a hole for devices.
 */
export function softReservedArgs({ softReservedMib, memoryMib }: ResolvedSpec): string[] {
  let offset = memoryMib
  const turn = (sizeMib: number, into: string) => {
    const argument = `memmap=${sizeMib}M%${offset}M-${RAM}+${into}`
    offset += sizeMib
    return argument
  }
  if (softReservedMib.length === 0) return []
  return [...softReservedMib.map((sizeMib) => turn(sizeMib, SOFT_RESERVED)), turn(TAIL_MIB, RESERVED)]
}
