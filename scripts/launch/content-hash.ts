import { createHash, type Hash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

/** SHA-256 over names and contents of `entries` (files or folders below `root`; absent ones count as absent). */
export function contentHash(root: string, entries: readonly string[], extra: readonly string[] = []): string {
  const hash = createHash('sha256')
  for (const text of extra) hash.update(`${text}\0`)
  for (const entry of entries) add(hash, root, entry)
  return hash.digest('hex')
}

function add(hash: Hash, root: string, entry: string): void {
  const full = path.join(root, entry)
  const found = fs.statSync(full, { throwIfNoEntry: false })
  if (found === undefined) return
  if (found.isDirectory()) {
    for (const name of fs.readdirSync(full).sort()) add(hash, root, path.join(entry, name))
    return
  }
  if (!found.isFile()) return
  const content = fs.readFileSync(full)
  hash.update(`${entry}\0${content.length}\0`).update(content)
}
