import type { Host } from '../host'
import { DIRECTIONS, type Direction, type JournalLine, type PlanItem } from '../protocol'
import { JOB_ID } from '../request'
import { Actor } from './actor'
import type { HookTask } from './hooks'
import { JournalWriter, readJournal } from './journal'
import { Offliner } from './offliner'
import { Onliner } from './onliner'
import { Persister } from './persister'
import { Restorer } from './restorer'
import { actingPath, LOCK, planPath, removeQuietly, reservePath, stopPath } from './state'

async function actFor(
  host: Host,
  journal: JournalWriter,
  { item, ...task }: HookTask,
  direction: Direction | undefined,
  lines: readonly JournalLine[],
): Promise<void> {
  const acting =
    item.kind === 'convert'
      ? new Actor(host, journal, { ...task, item })
      : item.kind === 'restore'
        ? new Restorer(host, journal, { ...task, item })
        : item.kind === 'online'
          ? new Onliner(host, journal, { ...task, item })
          : item.kind === 'offline'
            ? new Offliner(host, journal, { ...task, item })
            : new Persister(host, journal, { ...task, item })
  return direction === undefined ? acting.begin() : acting.recover(direction, lines)
}

/**
 * The acting process, a copy of the one that serves `convert` or `recover`, or `agent act JOB EPOCH [DIRECTION]` where
 * systemd starts it; the lock is its stdin. The exit status is for nobody: the journal tells.
 */
export async function act(host: Host, jobId: string, epoch: string, recovery: string): Promise<number> {
  await host.ignoreHangups()
  await host.setsid()
  if (!JOB_ID.test(jobId) || (await host.readlink('/proc/self/fd/0')) !== LOCK) return 2
  const direction = DIRECTIONS.find((known) => known === recovery)
  if (direction === undefined && recovery !== '') return 2
  const plan: { item: PlanItem; digest: string; token: { epoch: string } } = JSON.parse(
    await host.readText(planPath(jobId), 8 * 1024 * 1024),
  )
  if (plan.token.epoch !== epoch) return 2
  const known = await readJournal(host, jobId)
  if (known === null) return 2
  const hasActed = known.lines.some(({ kind }) => kind === 'intent')
  const last = known.lines[known.lines.length - 1]
  if (direction === undefined ? hasActed : last?.kind !== 'recover') return 2
  // Two may be started where systemd was slow to answer: who makes this file acts, the other does nothing.
  await host.close(await host.createExclusive(actingPath(jobId, epoch)))
  const journal = await JournalWriter.open(host, jobId, known, async () => {})
  await actFor(host, journal, { jobId, item: plan.item, digest: plan.digest }, direction, known.lines)
  for (const path of [reservePath(jobId), stopPath(jobId)]) await removeQuietly(host, path)
  return 0
}
