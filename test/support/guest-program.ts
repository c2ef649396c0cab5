import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findCompiler } from '@/scripts/agent/compilers'
import { runOrThrow } from '@/scripts/lib/child'
import type { Guest } from './guests'

const CACHE = fileURLToPath(new URL('../../.cache/trapdoor/', import.meta.url))
const AGENT_CACHE = fileURLToPath(new URL('../../.cache/agent/', import.meta.url))
const DEADLINE_MS = 300_000

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Puts the program of one C file on a guest, static, so that it needs nothing there. */
export async function placeProgram(guest: Guest, source: string, onGuest: string): Promise<void> {
  const bytes = await readFile(await compiled(source))
  const known = await guest.run(['sha256sum', onGuest])
  if (known.stdout.startsWith(sha256(bytes))) return
  const script = `base64 -d > ${onGuest}.new && chmod 755 ${onGuest}.new && mv ${onGuest}.new ${onGuest}`
  await guest.text(['sh', '-c', script], { stdin: bytes.toString('base64') })
}

/** Compiled once for its text. */
async function compiled(source: string): Promise<string> {
  const path = join(CACHE, sha256(await readFile(source)).slice(0, 16))
  const exists = await readFile(path).then(
    () => true,
    () => false,
  )
  if (exists) return path
  await mkdir(CACHE, { recursive: true })
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const { program, args, linkArgs } = await findCompiler('x64', AGENT_CACHE, signal)
  const fresh = `${path}.${randomUUID()}`
  const words = [...args, '-static', '-O1', '-o', fresh, source, ...linkArgs]
  await runOrThrow(program, words, { timeoutMs: DEADLINE_MS, signal })
  await rename(fresh, path)
  return path
}
