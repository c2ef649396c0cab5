import { formatBytes, plural } from './format'

type Span = [first: number, last: number]
/** How a share is asked for: so many bytes, or named blocks. */
export type AskedShare = { shareBytes: bigint } | { blocks: Span[] }

const UNITS: Readonly<Record<string, bigint>> = {
  mib: 1024n ** 2n,
  gib: 1024n ** 3n,
  tib: 1024n ** 4n,
}
const MOST_SPANS = 1_000
const MOST_BLOCK = 4_194_303
const FAULT = 'Say how much, like 256 GiB, or which blocks, like memory36-39, memory42.'

/** What somebody typed, `256 GiB`, `1.5 TiB` or `memory36-39, 42`, as a share; or what is wrong with it. */
export function readShare(text: string): AskedShare | { fault: string } {
  const [, figure, fraction = '', unit] =
    /^\s*(\d{1,9})(?:\.(\d{1,3}))?\s*(MiB|GiB|TiB)\s*$/i.exec(text) ?? []
  if (figure !== undefined && unit !== undefined) {
    const size = UNITS[unit.toLowerCase()] ?? 1n
    const thousandths = BigInt(figure) * 1000n + BigInt(fraction.padEnd(3, '0'))
    const shareBytes = (thousandths * size) / 1000n
    return shareBytes > 0n ? { shareBytes } : { fault: 'Nothing at all is no share.' }
  }
  // A bare figure may be meant as a size without its unit: blocks are named as such.
  if (!/^\s*(memory|blocks?\s)/i.test(text)) return { fault: FAULT }
  const blocks: Span[] = []
  for (const part of text.replace(/^\s*blocks?\s/i, '').split(',')) {
    const [, from, to] = /^\s*(?:memory)?(\d{1,7})\s*(?:[-–]\s*(?:memory)?(\d{1,7})\s*)?$/.exec(part) ?? []
    if (from === undefined) return { fault: FAULT }
    const span: Span = [Number(from), Number(to ?? from)]
    if (span[0] > span[1]) return { fault: `memory${span[0]}-${span[1]} runs backwards.` }
    if (span[1] > MOST_BLOCK || blocks.length >= MOST_SPANS) return { fault: FAULT }
    blocks.push(span)
  }
  return { blocks }
}

/** `memory33–36 and memory39`, for sentences. */
export function blockSpans(spans: readonly (readonly [number, number])[]): string {
  const names = spans.map(([first, last]) => (first === last ? `memory${first}` : `memory${first}–${last}`))
  if (names.length > 4)
    return `${names.slice(0, 4).join(', ')} and ${plural(names.length - 4, 'more span')} of blocks`
  const last = names.pop() ?? 'no block'
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`
}

/** Sizes worth one press: a quarter, half and all of what there is, in whole blocks, each once. */
export function sharePresets(
  thereBytes: bigint,
  blockSizeBytes: bigint,
): { label: string; bytes: bigint; text: string }[] {
  if (blockSizeBytes <= 0n || thereBytes < blockSizeBytes) return []
  const parts = [
    { label: 'One block', bytes: blockSizeBytes },
    { label: 'A quarter', bytes: thereBytes / 4n },
    { label: 'Half', bytes: thereBytes / 2n },
    { label: 'All', bytes: thereBytes },
  ].map(({ label, bytes }) => ({ label, bytes: (bytes / blockSizeBytes) * blockSizeBytes }))
  return parts
    .filter(
      ({ bytes }, index) => bytes > 0n && !parts.slice(index + 1).some((other) => other.bytes === bytes),
    )
    .map((part) => ({ ...part, text: exactText(part.bytes) }))
}

/** As it is typed, to the byte: blocks are whole MiB. */
function exactText(bytes: bigint): string {
  return bytes % 1024n ** 3n === 0n ? `${bytes / 1024n ** 3n} GiB` : `${bytes / 1024n ** 2n} MiB`
}

/** What is known of the device before its host is asked. */
interface ShareBounds {
  daxName: string
  blockSizeBytes: bigint
  /** So much of it can come, or go. */
  thereBytes: bigint
  /** The blocks it has, as last read. */
  spans: readonly (readonly [number, number])[]
  does: 'online' | 'offline'
}

/** Why this share cannot be had of the device, and what can; null where the host may be asked. */
export function shareFault(share: AskedShare, bounds: ShareBounds): string | null {
  const { daxName, blockSizeBytes, thereBytes, spans, does } = bounds
  const there = does === 'offline' ? 'online' : 'offline'
  if (thereBytes <= 0n) return `None of ${daxName} is ${there}: nothing is left to ${SHARE_DEEDS[does]}.`
  if ('blocks' in share) {
    const own = joined(spans)
    const isOwn = ([first, last]: Span) => own.some(([from, to]) => from <= first && last <= to)
    return share.blocks.every(isOwn) ? null : `${daxName} has ${blockSpans(own)}: name blocks among these.`
  }
  if (share.shareBytes < blockSizeBytes)
    return `Less than one block: ask for ${exactText(blockSizeBytes)} or more.`
  return share.shareBytes > thereBytes
    ? `Only ${exactText(thereBytes)} of ${daxName} are ${there}: ask for that or less.`
    : null
}

const SHARE_DEEDS = { offline: 'give back', online: 'bring online' } as const

/** Spans that touch become one: neighbours are told apart by their state, which decides nothing here. */
function joined(spans: readonly (readonly [number, number])[]): Span[] {
  const own: Span[] = []
  for (const [first, last] of [...spans].sort(([a], [b]) => a - b)) {
    const before = own.at(-1)
    if (before !== undefined && before[1] + 1 === first) before[1] = last
    else own.push([first, last])
  }
  return own
}

/** What whole blocks make of what was typed, before any host is asked. */
export function roundingWords(share: AskedShare, blockSizeBytes: bigint): string {
  if ('blocks' in share) {
    const count = share.blocks.reduce((sum, [first, last]) => sum + last - first + 1, 0)
    return `${plural(count, 'block')} of ${formatBytes(blockSizeBytes)}, ${formatBytes(BigInt(count) * blockSizeBytes)}.`
  }
  const count = share.shareBytes / blockSizeBytes
  if (count === 0n) return `Less than one block of ${formatBytes(blockSizeBytes)}: nothing would be done.`
  const bytes = count * blockSizeBytes
  const rounded = bytes === share.shareBytes ? '' : `, rounded down to ${exactText(bytes)}`
  return `${plural(Number(count), 'block')} of ${formatBytes(blockSizeBytes)}${rounded}.`
}
