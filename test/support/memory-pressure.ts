import { meminfo } from './guest-memory'
import type { Guest } from './guests'

const MIB = 1024n * 1024n
const PAGE_BYTES = 4096n
/** What filling a guest may cost this machine: guests' memory is ours as soon as they touch it. */
const LIMIT_MIB = 4096n
const FOLDER = '/run/squeeze'

/**
 * Fills the guest's RAM until no more than `leaveMib` are available to the kernel, with pages that the kernel can neither drop nor
 * move to a disk (ramfs). Resolves when it is full; `release` gives it all back.
 */
export async function squeezeMemory(
  guest: Guest,
  { leaveMib }: { leaveMib: number },
): Promise<{ release: () => Promise<void> }> {
  const leaveBytes = BigInt(leaveMib) * MIB
  await guest.text(['sh', '-c', `mkdir -p ${FOLDER} && mount -t ramfs ramfs ${FOLDER}`])
  const release = async () => {
    await guest.text(['umount', FOLDER])
  }
  try {
    // What is available changes a little by the filling itself, so it is looked at again.
    for (let file = 0; ; file++) {
      const excessMib = ((await availableBytes(guest)) - leaveBytes) / MIB
      if (excessMib < 1n) return { release }
      if (excessMib > LIMIT_MIB)
        throw new Error(`${guest.name} has ${excessMib} MiB to fill; the limit is ${LIMIT_MIB} MiB.`)
      const words = ['if=/dev/zero', `of=${FOLDER}/${file}`, 'bs=1048576', `count=${excessMib}`]
      await guest.text(['dd', ...words], { timeoutMs: 300_000 })
    }
  } catch (error) {
    await release()
    throw error
  }
}

/**
 * What the kernel itself can still get: MemAvailable without the free pages of Movable zones, which hold programs'
 * pages only. A kernel short of the rest is short of memory, however much converted memory lies free.
 */
export async function availableBytes(guest: Guest): Promise<bigint> {
  const { MemAvailable } = await meminfo(guest)
  if (MemAvailable === undefined) throw new Error(`${guest.name} does not tell MemAvailable`)
  const zones = await guest.text(['cat', '/proc/zoneinfo'])
  const movable = [...zones.matchAll(/zone\s+Movable[\s\S]*?pages free\s+(\d+)/g)].map(
    ([, pages]) => pages ?? '0',
  )
  return movable.reduce((left, pages) => left - BigInt(pages) * PAGE_BYTES, MemAvailable)
}
