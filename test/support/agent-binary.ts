import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { buildAgent } from '@/scripts/agent/build'
import { cacheFolder } from '@/scripts/lab/paths'

/** Builds the agent for this machine's architecture, or finds it built; kernel tests need no other. */
export async function ensureTestAgent(): Promise<void> {
  const cacheDir = path.dirname(cacheFolder())
  mkdirSync(cacheDir, { recursive: true })
  await buildAgent({
    arch: process.arch === 'arm64' ? 'arm64' : 'x64',
    cacheDir,
    signal: AbortSignal.timeout(300_000),
  })
}
