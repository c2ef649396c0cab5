import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { waitFor } from '@/scripts/launch/wait'
import { run } from '@/scripts/lib/child'

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it('takes what a program has started along when it is stopped', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'daxfleet-child-'))
  const file = path.join(folder, 'pid')
  const stop = new AbortController()
  const ran = run('sh', ['-c', `sleep 1000 & echo $! > '${file}'; wait`], {
    timeoutMs: 60_000,
    signal: stop.signal,
  })
  const ended = expect(ran).rejects.toThrow('was aborted')
  const started = await waitFor(
    () => {
      try {
        return Number(readFileSync(file, 'utf8')) || undefined
      } catch {
        return undefined
      }
    },
    { withinMs: 30_000 },
  )
  stop.abort()
  await ended
  expect(await waitFor(() => (isThere(started ?? 0) ? undefined : true), { withinMs: 30_000 })).toBe(true)
  rmSync(folder, { recursive: true })
})
