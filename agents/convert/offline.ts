import type { Host } from '../host'
import { errnoName } from '../lib/errno'
import { idsOf } from '../lib/spans'
import type { PlannedWrite } from '../protocol'
import { readBlockStates } from '../read/memory'
import { offlineWrite } from './child'
import type { JournalWriter } from './journal'

const EINTR = 4
const EAGAIN = 11
const EBUSY = 16
/** The kernel says busy at once where a page is pinned for a moment: it is asked again, up to the block's own limit. */
const RETRY_MS = 500
const SLOW_MS = 30_000
/** So often the journal tells how far it is; a line for each of thousands of blocks would cost more than they do. */
const TOLD_EVERY_MS = 5_000

export interface Offlined {
  /** The block that did not go, what the kernel answered last, and for how long it was tried. */
  failure: { block: number; errno: number; errnoName: string; triedMs: number } | null
  /** It was interrupted, or not begun, because a stop was asked for. */
  stopped: boolean
  /** What `beforeEach` said against going on. */
  forbidden: boolean
}

export interface OfflineTask {
  write: PlannedWrite
  /** For one block. */
  limitMs: number
  isStopAsked: () => Promise<boolean>
  /** Looked at before each block, with how many are still to go; false ends it there. */
  mayGoOn: (left: number) => Promise<boolean>
}

interface Tried {
  errno: number
  isOffline: boolean
  triedMs: number
}

/** One block, by a child that is killed when it is due: the kernel tries for ever, and gives up for a fatal signal. */
async function offlineBlock(
  host: Host,
  id: number,
  { write, limitMs, isStopAsked }: OfflineTask,
  onSlow: () => Promise<void>,
): Promise<Tried> {
  const began = await host.uptimeMs()
  const elapsed = async () => (await host.uptimeMs()) - began
  const isDue = async () => (await elapsed()) >= limitMs || (await isStopAsked())
  for (;;) {
    const writes = offlineWrite(write, id)
    const limits = { slowAfterMs: SLOW_MS, onSlow, isDue }
    const report = await host.writeApart(writes, async () => {}, limits)
    const errno = report === null ? EINTR : (report.failures[0]?.[1] ?? 0)
    // Whatever was answered: another may have been faster, and a killed child may have done it.
    const [state = null] = await readBlockStates(host, [id])
    const isOffline = state === 'offline' || state === null
    const triedMs = Math.floor(await elapsed())
    // Interrupted before it was due: somebody else has killed the child, and that says nothing of the block.
    const isWorthMore = errno === EBUSY || errno === EAGAIN || errno === EINTR
    if (isOffline || !isWorthMore || (await isDue())) return { errno, isOffline, triedMs }
    await host.sleep(Math.max(1, Math.min(RETRY_MS, limitMs - triedMs)))
  }
}

/**
 * Takes the blocks of a planned write offline, highest first, up to the first that does not go: one intent on the disk
 * before, one done after. Blocks that are offline already are passed over.
 */
export async function offlineBlocks(
  host: Host,
  journal: JournalWriter,
  task: OfflineTask,
): Promise<Offlined> {
  const { write } = task
  const { step } = write
  const ids = [...idsOf(write.blocks ?? [])].reverse()
  await journal.note({ kind: 'intent', step, write })
  await journal.sync()
  const began = await host.uptimeMs()
  const result: Offlined = { failure: null, stopped: false, forbidden: false }
  let toldAt = began
  let gone = 0
  const tell = (detail: string) => journal.write({ kind: 'step', step, state: 'started', detail })
  for (const id of ids) {
    const [state = null] = await readBlockStates(host, [id])
    if (state === null || state === 'offline') {
      gone++
      continue
    }
    if ((await host.uptimeMs()) - toldAt >= TOLD_EVERY_MS) {
      await tell(`${gone} of ${ids.length} blocks are offline.`)
      toldAt = await host.uptimeMs()
    }
    result.stopped = await task.isStopAsked()
    if (result.stopped) break
    result.forbidden = !(await task.mayGoOn(ids.length - gone))
    if (result.forbidden) break
    const { errno, isOffline, triedMs } = await offlineBlock(host, id, task, () =>
      tell(`The kernel has been taking block ${id} offline for ${SLOW_MS / 1000} s.`),
    )
    if (!isOffline) {
      result.stopped = await task.isStopAsked()
      if (!result.stopped) result.failure = { block: id, errno, errnoName: errnoName(errno), triedMs }
      break
    }
    gone++
  }
  const { failure } = result
  await journal.note({
    kind: 'done',
    step,
    write,
    errno: failure?.errno ?? 0,
    errnoName: errnoName(failure?.errno ?? 0),
    durationMs: Math.floor((await host.uptimeMs()) - began),
    ...(failure === null
      ? {}
      : { failures: [{ block: failure.block, errno: failure.errno, errnoName: failure.errnoName }] }),
  })
  return result
}
