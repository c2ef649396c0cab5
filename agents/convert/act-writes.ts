import type { Host } from '../host'
import { errnoName } from '../lib/errno'
import { idsOf, toSpans } from '../lib/spans'
import { MODPROBE } from '../plan/writes'
import type { BlockSpan, PlannedWrite } from '../protocol'
import { exists } from '../read/files'
import { readBlock } from '../read/memory'
import type { JournalWriter } from './journal'

/** A write that takes longer is told in the journal; it is never killed, for half a bind is worse than a slow one. */
const SLOW_MS = 30_000
const MODPROBE_MS = 60_000
/** The lock, on descriptor 0 of the acting process: its children hold it as well. */
const LOCK_HANDLE = 0

export interface Written {
  errno: number
  failures: { block: number; errno: number; errnoName: string }[]
}

const SBIN = ['/sbin/modprobe', '/usr/sbin/modprobe', '/bin/modprobe', '/usr/bin/modprobe']

async function modprobe(host: Host, module: string): Promise<Written> {
  if (await exists(host, '/sys/bus/dax/drivers/kmem')) return { errno: 0, failures: [] }
  for (const path of SBIN) {
    if (!(await exists(host, path))) continue
    const ended = await host.run([path, module], { stdin: LOCK_HANDLE, killAfterMs: MODPROBE_MS })
    return { errno: ended.status === 0 ? 0 : ended.timedOut ? 110 : 5, failures: [] }
  }
  return { errno: 2, failures: [] }
}

/** Blocks that are there and not online: another may have been faster, and that is no failure. */
async function stillOffline(host: Host, spans: readonly BlockSpan[]): Promise<BlockSpan[]> {
  const ids: number[] = []
  for (const id of idsOf(spans)) {
    const block = await readBlock(host, id, null)
    if (block !== null && block.state !== 'online') ids.push(id)
  }
  return toSpans(ids)
}

function parseFailures(text: string): Written['failures'] | null {
  try {
    const value: unknown = JSON.parse(text)
    if (!Array.isArray(value)) return null
    return value.flatMap((pair: unknown) => {
      if (!Array.isArray(pair) || typeof pair[0] !== 'number' || typeof pair[1] !== 'number') return []
      return [{ block: pair[0], errno: pair[1], errnoName: errnoName(pair[1]) }]
    })
  } catch {
    return null
  }
}

async function perform(host: Host, write: PlannedWrite, onSlow: () => Promise<void>): Promise<Written> {
  if (write.path === MODPROBE) return modprobe(host, write.value)
  const self = await host.self()
  const options = { stdin: LOCK_HANDLE, slowAfterMs: SLOW_MS, onSlow }
  if (write.blocks === undefined) {
    const ended = await host.run([self, 'write', write.path, write.value], options)
    return { errno: ended.status ?? 4, failures: [] }
  }
  const spans = await stillOffline(host, write.blocks)
  if (spans.length === 0) return { errno: 0, failures: [] }
  const ended = await host.run(
    [self, 'write-blocks', write.path, write.value, JSON.stringify(spans)],
    options,
  )
  const failures = parseFailures(ended.stdout)
  if (ended.status !== 0 || failures === null) return { errno: 5, failures: [] }
  return { errno: failures[0]?.errno ?? 0, failures }
}

/**
 * One write with its lines: the intent is on the disk before the act. The write itself is a child's, so that one
 * that sits in the kernel is seen from outside, and holds the lock as long as it sits there.
 */
export async function journalledWrite(
  host: Host,
  journal: JournalWriter,
  write: PlannedWrite,
): Promise<Written> {
  const { step } = write
  await journal.write({ kind: 'intent', step, write })
  await journal.sync()
  const began = await host.uptimeMs()
  const written = await perform(host, write, async () => {
    const detail = `The write to ${write.path} has been in the kernel for ${SLOW_MS / 1000} s.`
    await journal.write({ kind: 'step', step, state: 'started', detail })
  })
  await journal.write({
    kind: 'done',
    step,
    write,
    errno: written.errno,
    errnoName: errnoName(written.errno),
    durationMs: Math.floor((await host.uptimeMs()) - began),
    ...(written.failures.length > 0 ? { failures: written.failures } : {}),
  })
  return written
}
