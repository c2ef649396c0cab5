import { type Host, HostError } from '../host'
import { smallInt } from '../lib/small-int'

/** The text without trailing white space; null when the file is absent or cannot be read. */
export async function readOptional(host: Host, path: string, limitBytes?: number): Promise<string | null> {
  try {
    return (await host.readText(path, limitBytes)).trimEnd()
  } catch (error) {
    if (error instanceof HostError) return null
    throw error
  }
}

export async function exists(host: Host, path: string): Promise<boolean> {
  try {
    await host.lstat(path)
    return true
  } catch (error) {
    if (error instanceof HostError) return false
    throw error
  }
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
  try {
    return baseName(await host.readlink(path))
  } catch (error) {
    if (error instanceof HostError) return null
    throw error
  }
}

export async function realPath(host: Host, path: string): Promise<string | null> {
  try {
    return await host.realpath(path)
  } catch (error) {
    if (error instanceof HostError) return null
    throw error
  }
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}

export function byNumber(a: string, b: string): number {
  const left = a.split(/(\d+)/)
  const right = b.split(/(\d+)/)
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i] ?? ''
    const y = right[i] ?? ''
    if (x === y) continue
    if (i % 2 === 1) return Number(x) - Number(y)
    return x < y ? -1 : 1
  }
  return left.length - right.length
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
