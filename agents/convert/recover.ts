import type { Host } from '../host'
import { phaseOf } from '../plan/hooks'
import { AGENT_VERSION, type JournalLine, type PlanItem, type RequestParams } from '../protocol'
import { DAX } from '../read/dax'
import { linkName } from '../read/files'
import { readBootId, readIdentity } from '../read/identity'
import type { Say } from '../say'
import { actAndFollow } from './follow'
import { type Permit, SERVER } from './go'
import { takeHost } from './hold'
import { closeOpenHook } from './hook-left'
import { isTheItem } from './item'
import { JournalWriter, lastAttempt, readJournal } from './journal'
import { readBack } from './outcome'
import { planPath, removeQuietly, reservePath, reserveSpace, writeWhole } from './state'
import { noJournal, refuseUnrecorded } from './unrecorded'

/** A hook that passed has changed the host as well: the one after it is owed, even where nothing was written. */
function hasActed(lines: readonly JournalLine[], kind: PlanItem['kind']): boolean {
  return lines.some(
    (line) =>
      line.kind === 'intent' ||
      (line.kind === 'step' && line.step === phaseOf('pre', kind) && line.state === 'done'),
  )
}

/**
 * Takes up a job whose acting process died. The token is recorded before anything is decided, so nobody older can
 * act any more. A journal that tells the outcome, or that nothing was written, settles it; else `ready` asks for a
 * direction, and a new acting process goes on from what the kernel shows. A missing journal proves nothing: then the
 * kernel alone tells.
 */
export async function recover(
  host: Host,
  params: RequestParams['recover'],
  say: Say,
  permit: Permit = SERVER,
): Promise<void> {
  const { jobId, item, digest, token, fromLine } = params
  if (!(await isTheItem(host, params, say))) return
  const held = await takeHost(host, jobId, permit.records ? token : null, 'now')
  if ('refusal' in held) return refuseUnrecorded(host, jobId, held.refusal, say)
  if ('heldBy' in held) {
    await say({ type: 'end', state: 'held' })
    return
  }

  let journal: JournalWriter
  let lines: readonly JournalLine[]
  try {
    const known = await readJournal(host, jobId)
    lines = lastAttempt(known?.lines ?? [])
    for (const line of known?.lines ?? []) if (line.n >= fromLine) await say({ type: 'journal', line })
    if (lines.some(({ kind }) => kind === 'outcome')) {
      await say({ type: 'end', state: 'finished' })
      return
    }
    const here = await readIdentity(host)
    if (here.bootId !== item.invariants.bootId) {
      // What an earlier boot began is over: devices are as this boot made them.
      await say({ type: 'end', state: 'rebooted' })
      return
    }
    if (here.machineId !== item.invariants.machineId || here.dmiUuid !== item.invariants.dmiUuid) {
      const message = `The job is of machine ${item.invariants.machineId}, this is ${here.machineId}.`
      const next = 'Check the address of the host.'
      return await refuseUnrecorded(host, jobId, { code: 'identity_changed', message, next }, say)
    }
    await reserveSpace(host, jobId)
    await writeWhole(host, planPath(jobId), `${JSON.stringify({ item, digest, token })}\n`, false)
    journal = await JournalWriter.open(host, jobId, known, async (line) => {
      await say({ type: 'journal', line })
    })
  } catch (error) {
    return refuseUnrecorded(host, jobId, noJournal(error), say)
  }

  const bootId = await readBootId(host)
  const leftOpen = await closeOpenHook(host, journal, jobId, lines)
  if (lines.some(({ kind }) => kind === 'open') && !hasActed(lines, item.kind)) {
    await journal.write({
      kind: 'outcome',
      outcome: 'cancelled',
      bootId,
      readBack: await readBack(host, item),
      refusals: [],
      message:
        leftOpen === null
          ? 'Nothing was written: the process that was to act ended before its first write.'
          : `Nothing was written: the agent died while its ${leftOpen} hook ran.`,
      next:
        leftOpen === null
          ? 'Make a new plan if it is still wanted.'
          : 'Look at what the hook has done so far, then make a new plan.',
    })
    await journal.sync()
    await removeQuietly(host, reservePath(jobId))
    await say({ type: 'end', state: 'finished' })
    return
  }

  const nonce = await host.randomHex(16)
  const heard = await say({ type: 'ready', nonce, digest })
  const answer = heard ? await permit.ask(host, nonce) : { none: 'the channel was lost before go' }
  if ('none' in answer) {
    await say({ type: 'end', state: 'abandoned' })
    return
  }
  const direction = answer.go
  const driver = await linkName(host, `${DAX}/${item.preconditions.daxName}/driver`)
  await journal.write({ kind: 'recover', token, direction, driver, bootId, agentVersion: AGENT_VERSION })
  await journal.sync()
  const lastLine = journal.lastLine
  await journal.close()
  const task = { jobId, epoch: token.epoch, recovery: direction, isAlone: permit.isAlone }
  await actAndFollow(host, task, held.lock, lastLine + 1, say)
}
