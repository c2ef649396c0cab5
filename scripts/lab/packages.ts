import { type DebianPackage, ensureDebianPackages } from '../lib/debian'
import { qemuCommand } from './qemu'

/** What the lab needs on this machine; the guests' own packages are only unpacked, never installed. */
const labPackages: readonly DebianPackage[] = [
  { name: 'qemu-system-x86', for: 'the lab guests', command: qemuCommand },
  { name: 'e2fsprogs', for: "the guests' state disks", command: 'mke2fs' },
  { name: 'util-linux', for: 'ending guests with their parent', command: 'setpriv' },
]

/** Makes sure the lab can run here; throws one sentence saying what is in the way if it cannot. */
export async function ensureLabPackages(options: {
  signal?: AbortSignal | undefined
  log?: ((sentence: string) => void) | undefined
}): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `The lab runs on x86-64 Linux with Debian's apt; this is ${process.platform} on ${process.arch}.`,
    )
  }
  await ensureDebianPackages(labPackages, {
    ...(options.signal && { signal: options.signal }),
    ...(options.log && { log: options.log }),
  })
}
