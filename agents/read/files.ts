import { type Host, HostError } from '../host'
import { smallInt } from '../lib/small-int'

/** The text without trailing white space; null when the file is absent or cannot be read. */
export async function readOptional(host: Host, path: string, limitBytes?: number): Promise<string | null> {
  return (await host.tryReadText(path, limitBytes))?.trimEnd() ?? null
}

export function exists(host: Host, path: string): Promise<boolean> {
  return host.has(path)
}

/** Names in a folder, sorted as people count (dax2.0 before dax10.0); none when it is absent. */
export async function list(host: Host, path: string): Promise<string[]> {
  try {
    return (await host.readdir(path)).sort(byNumber)
  } catch (error) {
    if (error instanceof HostError) return []
    throw error
  }
}

/** The last part of a symlink's target; null when there is no such link. */
export async function linkName(host: Host, path: string): Promise<string | null> {
  const target = await host.tryReadlink(path)
  return target === null ? null : baseName(target)
}

/** Where a device's link in /sys/bus leads to; null with none. The kernel makes such links of one step, relative. */
export async function deviceFolder(host: Host, path: string): Promise<string | null> {
  const target = await host.tryReadlink(path)
  if (target === null || target.startsWith('/')) return target
  let folder = parentOf(path)
  let rest = target
  for (; rest.startsWith('../'); rest = rest.slice(3)) folder = parentOf(folder)
  return `${folder}/${rest}`
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}

const isDigit = (code: number) => code >= 48 && code <= 57

/** Where the digits from `at` on end. */
function digitsEnd(text: string, at: number): number {
  let end = at
  while (isDigit(text.charCodeAt(end))) end++
  return end
}

/** By character codes, for every folder of every reading is sorted: regular expressions took most of its time. */
export function byNumber(a: string, b: string): number {
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(j)]
    if (isDigit(x) && isDigit(y)) {
      const [left, right] = [digitsEnd(a, i), digitsEnd(b, j)]
      const difference = Number(a.slice(i, left)) - Number(b.slice(j, right))
      if (difference !== 0) return difference
      i = left
      j = right
    } else if (x !== y) return x - y
    else {
      i++
      j++
    }
  }
  return a.length - b.length
}

/** What follows `start` on the first line that begins so; null with none. A regular expression tries every character. */
export function lineAfter(text: string, start: string): string | null {
  const at = text.startsWith(start) ? 0 : text.indexOf(`\n${start}`) + 1
  if (at === 0 && !text.startsWith(start)) return null
  const end = text.indexOf('\n', at)
  return text.slice(at + start.length, end === -1 ? text.length : end)
}

/** An unsigned number as sysfs writes it, decimal or with 0x; null for anything else. */
export function toBigInt(text: string | null): bigint | null {
  return text !== null && /^(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(text) ? BigInt(text) : null
}

/** A small number; null for anything else, and for the kernel's -1 ("none"). */
export function toCount(text: string | null): number | null {
  return text !== null && /^[0-9]{1,9}$/.test(text) ? smallInt(text) : null
}

/** `0-3,8` as the kernel lists nodes and processors. */
export function toList(text: string | null): number[] {
  const ids: number[] = []
  for (const part of (text ?? '').split(',')) {
    const [first, last] = part.split('-').map((id) => toCount(id.trim()))
    if (first === undefined || first === null) continue
    for (let id = first; id <= (last ?? first) && ids.length < 65536; id++) ids.push(id)
  }
  return ids
}
