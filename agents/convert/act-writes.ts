import type { Host } from '../host'
import { errnoName } from '../lib/errno'
import { idsOf, toSpans } from '../lib/spans'
import { placeFile } from '../persist/place-file'
import { MODPROBE } from '../plan/writes'
import type { BlockSpan, PlannedWrite } from '../protocol'
import { exists } from '../read/files'
import { readBlockStates } from '../read/memory'
import { blockWrites, singleWrite } from './child'
import type { JournalWriter } from './journal'

/** A write that takes longer is told in the journal; it is never killed, for half a bind is worse than a slow one. */
const SLOW_MS = 30_000
const MODPROBE_MS = 60_000
/** The lock, on descriptor 0 of the acting process: its children hold it as well. */
const LOCK_HANDLE = 0

export interface Written {
  errno: number
  failures: { block: number; errno: number; errnoName: string }[]
  /** A set of blocks was left unfinished because a stop was asked for. */
  stopped: boolean
}

const EINTR = 4
const EIO = 5
const EINVAL = 22

const plain = (errno: number): Written => ({ errno, failures: [], stopped: false })

const SBIN = ['/sbin/modprobe', '/usr/sbin/modprobe', '/bin/modprobe', '/usr/bin/modprobe']

async function modprobe(host: Host, module: string): Promise<Written> {
  if (await exists(host, '/sys/bus/dax/drivers/kmem')) return plain(0)
  for (const path of SBIN) {
    if (!(await exists(host, path))) continue
    const ended = await host.run([path, module], { stdin: LOCK_HANDLE, killAfterMs: MODPROBE_MS })
    return plain(ended.status === 0 ? 0 : ended.timedOut ? 110 : EIO)
  }
  return plain(2)
}

/** Blocks that are there and not online: another may have been faster, and that is no failure. */
async function stillOffline(host: Host, spans: readonly BlockSpan[]): Promise<BlockSpan[]> {
  const ids = [...idsOf(spans)]
  const states = await readBlockStates(host, ids)
  return toSpans(ids.filter((_, index) => states[index] !== null && states[index] !== 'online'))
}

async function perform(
  host: Host,
  write: PlannedWrite,
  stopFile: string | null,
  announce: () => Promise<void>,
  onSlow: () => Promise<void>,
): Promise<Written> {
  if (write.path === MODPROBE) {
    await announce()
    return modprobe(host, write.value)
  }
  if (write.file !== undefined) {
    await announce()
    return plain(await placeFile(host, write))
  }
  const slow = { slowAfterMs: SLOW_MS, onSlow }
  if (write.blocks === undefined) {
    const writes = singleWrite(write)
    if (writes === null) return plain(EINVAL)
    let report = await host.writeApart(writes, announce, slow)
    // Whether a killed child had written is not known; to list an id or take it off twice is as once.
    if (report === null && /_id$/.test(write.path)) report = await host.writeApart(writes, announce, slow)
    return plain(report === null ? EINTR : (report.failures[0]?.[1] ?? 0))
  }
  // Blocks are written to by their state, so what a killed child left undone is simply done by another, once.
  for (let isLast = false; ; isLast = true) {
    const spans = await stillOffline(host, write.blocks)
    if (spans.length === 0) return plain(0)
    const writes = blockWrites(write, spans, stopFile)
    if (writes === null) return plain(EINVAL)
    const report = await host.writeApart(writes, announce, slow)
    if (report !== null) {
      const ids = [...idsOf(spans)]
      const failures = report.failures.flatMap(([index, errno]) => {
        const block = ids[index]
        return block === undefined ? [] : [{ block, errno, errnoName: errnoName(errno) }]
      })
      return { errno: failures[0]?.errno ?? 0, failures, stopped: report.stopped }
    }
    if (isLast) return plain(EIO)
  }
}

/**
 * One write with its lines: the intent is on the disk before the act. The write itself is a child's, so that one
 * that sits in the kernel is seen from outside, and holds the lock as long as it sits there. `stopFile` is looked for
 * between the blocks of a set; null where nothing is to stop it.
 */
export async function journalledWrite(
  host: Host,
  journal: JournalWriter,
  write: PlannedWrite,
  stopFile: string | null,
): Promise<Written> {
  const { step } = write
  await journal.note({ kind: 'intent', step, write })
  let began = await host.uptimeMs()
  const announce = async () => {
    await journal.sync()
    began = await host.uptimeMs()
  }
  const written = await perform(host, write, stopFile, announce, async () => {
    const detail = `The write to ${write.path} has been in the kernel for ${SLOW_MS / 1000} s.`
    await journal.write({ kind: 'step', step, state: 'started', detail })
  })
  await journal.note({
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
