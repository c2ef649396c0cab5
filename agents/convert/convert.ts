import type { Host } from '../host'
import { AGENT_VERSION, type Outcome, type Refusal, type RequestParams } from '../protocol'
import { readBootId } from '../read/identity'
import { readMemTotal } from '../read/memory'
import type { Say } from '../say'
import { sampleOfReading } from '../watch/sample'
import { actAndFollow } from './follow'
import { type Permit, SERVER } from './go'
import { takeHost } from './hold'
import { closeOpenHook } from './hook-left'
import { isTheItem } from './item'
import { JournalWriter, lastAttempt, readJournal } from './journal'
import { readBack } from './outcome'
import { preflight } from './preflight'
import { planPath, removeQuietly, reservePath, reserveSpace, stopPath, writeWhole } from './state'
import { tailJournal } from './tail'
import { settleToken } from './token'
import { noJournal, refuseUnrecorded } from './unrecorded'

type Params = RequestParams['convert']

const DETAIL = {
  convert: 'Every planned block is online already.',
  restore: 'The device is on device_dax already.',
  online: 'Every block of the share is online already.',
  offline: 'Every block of the share is offline already.',
  persist: 'Every file is in place already.',
  unpersist: 'The files are gone already.',
}
const ALREADY = {
  convert: 'is system RAM already, in the zone asked.',
  restore: 'is on device_dax already, and none of its memory is plugged in.',
  online: 'has these blocks online already, in the zone asked.',
  offline: 'has these blocks offline already.',
  persist: 'comes back after each start of the host already.',
  unpersist: 'comes back after no start already.',
}

/**
 * One conversion, one giving back, a share of either, or files for the next start: lock, token, journal, preflight, `ready`, `go`, then a process of its own does the writes while
 * this one only tells what the journal says. Called again for a job that has acted, it attaches and repeats nothing.
 */
export async function convert(host: Host, params: Params, say: Say, permit: Permit = SERVER): Promise<void> {
  const { jobId, item, digest, token } = params
  if (!(await isTheItem(host, params, say))) return
  const began = await host.uptimeMs()
  const held = await takeHost(host, jobId, permit.records ? token : null, 'later')
  if ('refusal' in held) return refuseUnrecorded(host, jobId, held.refusal, say)
  if ('heldBy' in held) {
    const message = 'Another job holds the lock of this host.'
    return refuseUnrecorded(host, jobId, { code: 'locked', message, next: 'Wait for it to end.' }, say)
  }
  const { lock } = held

  let journal: JournalWriter
  try {
    const known = await readJournal(host, jobId)
    if (known?.lines.some(({ kind }) => kind === 'intent') === true) {
      await settleToken(host)
      await host.close(lock)
      return await tailJournal(host, { jobId, fromLine: 1 }, say)
    }
    await reserveSpace(host, jobId)
    await removeQuietly(host, stopPath(jobId))
    await writeWhole(host, planPath(jobId), `${JSON.stringify({ item, digest, token })}\n`, false)
    journal = await JournalWriter.open(host, jobId, known, async (line) => {
      await say({ type: 'journal', line })
    })
    await closeOpenHook(host, journal, jobId, lastAttempt(known?.lines ?? []))
  } catch (error) {
    return refuseUnrecorded(host, jobId, noJournal(error), say)
  }

  const bootId = await readBootId(host)
  const finish = async (outcome: Outcome, message: string, next: string, refusals: Refusal[]) => {
    const read = outcome === 'already' ? await readBack(host, item) : null
    await journal.write({ kind: 'outcome', outcome, bootId, readBack: read, refusals, message, next })
    await journal.sync()
    await removeQuietly(host, reservePath(jobId))
    await say({ type: 'end', state: 'finished' })
  }
  const memTotalBytes = String(await readMemTotal(host))
  await journal.note({
    kind: 'open',
    jobId,
    token,
    digest,
    bootId,
    agentVersion: AGENT_VERSION,
    memTotalBytes,
  })
  const lockMs = Math.floor((await host.uptimeMs()) - began)
  await journal.note({
    kind: 'step',
    step: 'lock',
    state: 'done',
    durationMs: lockMs,
    detail: 'The lock is held.',
  })

  await journal.write({
    kind: 'step',
    step: 'preflight',
    state: 'started',
    detail: 'Reading the host again.',
  })
  const since = await host.uptimeMs()
  const found = await preflight(host, item, digest)
  const durationMs = Math.floor((await host.uptimeMs()) - since)
  if (found === 'already') {
    const detail = DETAIL[item.kind]
    await journal.write({ kind: 'step', step: 'preflight', state: 'done', durationMs, detail })
    const name = item.preconditions.daxName || 'The device'
    return finish('already', `${name} ${ALREADY[item.kind]}`, 'Nothing to do.', [])
  }
  if (Array.isArray(found)) {
    const [first] = found
    const message = first?.message ?? 'The host is not as planned.'
    await journal.write({ kind: 'step', step: 'preflight', state: 'failed', durationMs, detail: message })
    return finish('refused', message, first?.next ?? 'Make a new plan.', found)
  }
  const detail = 'Host, device and plan are as approved.'
  await journal.write({ kind: 'step', step: 'preflight', state: 'done', durationMs, detail })
  const nonce = await host.randomHex(16)
  const heard = await say({ type: 'ready', nonce, digest, sample: await sampleOfReading(host, found) })
  const answer = heard ? await permit.ask(host, nonce) : { none: 'the channel was lost before go' }
  if ('none' in answer) {
    const next = 'Start the job again if it is still wanted.'
    return finish('cancelled', `Nothing was written: ${answer.none}.`, next, [])
  }
  const lastLine = journal.lastLine
  await journal.close()
  const task = { jobId, epoch: token.epoch, recovery: null, isAlone: permit.isAlone }
  await actAndFollow(host, task, lock, lastLine + 1, say)
}
