import type { Host } from '../host'
import type { RequestParams } from '../protocol'
import type { Say } from '../say'
import { readSample, readSignature } from './sample'

/** How often is looked whether anything changed, between two samples. */
const LOOK_MS = 2_000

/**
 * Tells what everyone may read: at once, every `everyMs` from a moment of its own, and as soon as a device changed hands
 * or memory came or went. That moment is chance: ten thousand hosts whose network came back in one second must not all
 * tell in the same second for ever. Ends when stdin ends or nobody listens. Asks for no root and leaves no line in the host's logs.
 */
export async function watch(host: Host, { everyMs }: RequestParams['watch'], say: Say): Promise<void> {
  let told = ''
  let toldAtMs = Number.NEGATIVE_INFINITY
  for (;;) {
    const signature = await readSignature(host)
    const nowMs = await host.uptimeMs()
    if (signature !== told || nowMs - toldAtMs >= everyMs) {
      if (!(await say({ type: 'sample', sample: await readSample(host) }))) return
      toldAtMs = told === '' ? nowMs - everyMs * (await chance(host)) : nowMs
      told = signature
    }
    const untilNextMs = toldAtMs + everyMs - (await host.uptimeMs())
    const answer = await host.readLine(Math.max(1, Math.min(LOOK_MS, untilNextMs)))
    if (answer === 'eof' || answer === 'too_long') return
  }
}

/** From 0 to less than 1. */
async function chance(host: Host): Promise<number> {
  return Number.parseInt(await host.randomHex(2), 16) / 65_536
}
