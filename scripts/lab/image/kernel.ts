import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow } from '../../lib/child'
import { firstExisting, loaderCommand } from './libraries'

/**
 * Puts the kernel into `folder`, unpacked where that can be: an emulated processor takes 5 s to unpack it at every
 * boot, ours one second once. QEMU starts an unpacked kernel by its PVH entry; without one the packed kernel serves.
 * Returns the file's name.
 */
export async function placeKernel(root: string, release: string, folder: string): Promise<string> {
  const packed = await readFile(join(root, 'boot', `vmlinuz-${release}`))
  const payload = join(folder, 'vmlinux.xz')
  const inner = xzPayload(packed)
  if (inner !== undefined) {
    const { loader, args } = await loaderCommand(root)
    const xz = await firstExisting(root, ['usr/bin/xz'])
    await writeFile(payload, inner)
    await runOrThrow(loader, [...args, xz, '-d', payload], { timeoutMs: 120_000 })
    const kernel = join(folder, 'vmlinux')
    if (hasPvhEntry(await readFile(kernel))) return 'vmlinux'
    await rm(kernel)
  }
  await writeFile(join(folder, 'vmlinuz'), packed)
  return 'vmlinuz'
}

/** The kernel inside a bzImage (Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length). */
function xzPayload(image: Buffer): Buffer | undefined {
  const setupSectors = image.readUInt8(0x1f1) || 4
  const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248)
  // The last four bytes are the unpacked size, which xz would take for garbage.
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c) - 4)
  return payload.subarray(0, 6).equals(Buffer.from('fd377a585a00', 'hex')) ? payload : undefined
}

/** Looks for the ELF note XEN_ELFNOTE_PHYS32_ENTRY (type 18), by which QEMU finds the entry. */
function hasPvhEntry(kernel: Buffer): boolean {
  const note = (descriptionSize: number) => {
    const header = Buffer.alloc(12)
    header.writeUInt32LE(4, 0)
    header.writeUInt32LE(descriptionSize, 4)
    header.writeUInt32LE(18, 8)
    return Buffer.concat([header, Buffer.from('Xen\0')])
  }
  return kernel.includes(note(4)) || kernel.includes(note(8))
}
