import { z } from 'zod'
import type { Guest } from './guests'

const daxDevice = z.object({
  chardev: z.string(),
  size: z.number(),
  target_node: z.number(),
  align: z.number(),
  mode: z.string(),
  online_memblocks: z.number().optional(),
  total_memblocks: z.number().optional(),
  movable: z.boolean().optional(),
  state: z.string().optional(),
  mappings: z
    .array(z.object({ page_offset: z.number(), start: z.number(), end: z.number(), size: z.number() }))
    .optional(),
})

export type DaxctlDevice = z.infer<typeof daxDevice>

/** The devices as `daxctl list -DMi` tells them (disabled ones too): the reference operators check against. */
export async function daxctlList(guest: Guest): Promise<DaxctlDevice[]> {
  const listed = await guest.text(['daxctl', 'list', '-DMi'])
  if (listed.trim() === '') return []
  // daxctl prints one device as an object, several as an array, in some versions.
  const value: unknown = JSON.parse(listed)
  return z.array(daxDevice).parse(Array.isArray(value) ? value : [value])
}

/** One device of `daxctlList`, by name; without a name, the only one. */
export async function daxctlDevice(guest: Guest, name?: string): Promise<DaxctlDevice> {
  const devices = await daxctlList(guest)
  const found = name === undefined ? devices : devices.filter((each) => each.chardev === name)
  const [device] = found
  if (device === undefined || found.length > 1)
    throw new Error(`daxctl lists ${found.length} of ${name ?? 'one'}`)
  return device
}

/** /proc/meminfo in bytes (the kernel says kB and means KiB); keys as printed, e.g. MemTotal. */
export async function meminfo(guest: Guest): Promise<{ MemTotal: bigint } & Record<string, bigint>> {
  const text = await guest.text(['cat', '/proc/meminfo'])
  const entries = [...text.matchAll(/^(\S+):\s+(\d+) kB$/gm)].map(
    ([, key, kib]) => [key ?? '', BigInt(kib ?? '0') * 1024n] as const,
  )
  const totals: Record<string, bigint> = Object.fromEntries(entries)
  if (totals.MemTotal === undefined) throw new Error(`No MemTotal in /proc/meminfo of ${guest.name}`)
  return { ...totals, MemTotal: totals.MemTotal }
}

export interface IomemRange {
  start: bigint
  /** Last byte, as the kernel prints it. */
  end: bigint
  sizeBytes: bigint
  /** Nesting, 0 at the top. */
  depth: number
  name: string
}

/** /proc/iomem of the guest, in its order; `name` filters, e.g. "System RAM (kmem)". */
export async function iomem(guest: Guest, name?: string): Promise<IomemRange[]> {
  const text = await guest.text(['cat', '/proc/iomem'])
  const ranges = [...text.matchAll(/^( *)([0-9a-f]+)-([0-9a-f]+) : (.*)$/gm)].map(
    ([, indent, from, to, what]): IomemRange => {
      const [start, end] = [BigInt(`0x${from ?? '0'}`), BigInt(`0x${to ?? '0'}`)]
      return { start, end, sizeBytes: end - start + 1n, depth: (indent ?? '').length / 2, name: what ?? '' }
    },
  )
  return name === undefined ? ranges : ranges.filter((range) => range.name === name)
}

export interface MemoryBlock {
  number: number
  start: bigint
  state: string
  /** The zones the block is in (online) or could join (offline), as valid_zones says. */
  zones: string
  node: number
}

/** Size of a memory block in bytes. */
export async function blockSize(guest: Guest): Promise<bigint> {
  return BigInt(`0x${(await guest.text(['cat', '/sys/devices/system/memory/block_size_bytes'])).trim()}`)
}

const blocksScript = `cd /sys/devices/system/memory
for block in memory[0-9]*; do
  node=$(ls -d "$block"/node* 2>/dev/null) 
  echo "\${block#memory}|$(cat "$block/state")|$(cat "$block/valid_zones")|\${node##*node}"
done`

/** Every memory block of the guest, by number. */
export async function blocks(guest: Guest): Promise<MemoryBlock[]> {
  const [size, text] = [await blockSize(guest), await guest.text(['sh', '-c', blocksScript])]
  const found = text
    .trim()
    .split('\n')
    .map((line): MemoryBlock => {
      const [number, state, zones, node] = line.split('|')
      return {
        number: Number(number),
        start: BigInt(number ?? '0') * size,
        state: state ?? '',
        zones: zones ?? '',
        node: Number(node),
      }
    })
  return found.sort((a, b) => a.number - b.number)
}
