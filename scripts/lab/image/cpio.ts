/** One entry of an initramfs. Everything belongs to root; the kernel reads no other owner into account here. */
export type CpioEntry =
  | { kind: 'folder'; path: string; mode?: number }
  | { kind: 'file'; path: string; data: Buffer; mode: number }
  | { kind: 'link'; path: string; target: string }
  | { kind: 'character'; path: string; major: number; minor: number; mode: number }

/**
 * Packs entries in the kernel's "newc" format (Documentation/driver-api/early-userspace/buffer-format.rst).
 * Our own writer, because device nodes then need no root and equal input gives equal bytes.
 */
export function packCpio(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = []
  entries.forEach((entry, index) => {
    parts.push(...pack(entry, index + 1))
  })
  parts.push(...packRecord('TRAILER!!!', 0, 0, Buffer.alloc(0), 0, 0))
  return Buffer.concat(parts)
}

function pack(entry: CpioEntry, inode: number): Buffer[] {
  const none = Buffer.alloc(0)
  switch (entry.kind) {
    case 'folder':
      return packRecord(entry.path, inode, 0o040000 | (entry.mode ?? 0o755), none, 0, 0)
    case 'file':
      return packRecord(entry.path, inode, 0o100000 | entry.mode, entry.data, 0, 0)
    case 'link':
      return packRecord(entry.path, inode, 0o120777, Buffer.from(entry.target), 0, 0)
    case 'character':
      return packRecord(entry.path, inode, 0o020000 | entry.mode, none, entry.major, entry.minor)
  }
}

function packRecord(
  path: string,
  inode: number,
  mode: number,
  data: Buffer,
  major: number,
  minor: number,
): Buffer[] {
  const name = Buffer.from(`${path}\0`)
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, name.length, 0]
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  return [header, name, padding(header.length + name.length), data, padding(data.length)]
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4)
}
