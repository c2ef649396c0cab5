import { type Handle, type Host, HostError } from '../host'
import { ENOSPC } from '../lib/errno'
import { nameDifference } from '../plan/difference'
import { buildItem, digestOf, makePlan } from '../plan/plan'
import {
  AGENT_VERSION,
  GO_TIMEOUT_SECONDS,
  type Outcome,
  type Refusal,
  type RequestParams,
} from '../protocol'
import { isPrivileged } from '../read/identity'
import { readHost } from '../read/inspect'
import { readMemTotal } from '../read/memory'
import type { Say } from '../say'
import { fence } from './fence'
import { JournalWriter, readJournal } from './journal'
import { takeLock } from './lock'
import { readBack } from './outcome'
import { startActor } from './start'
import { ensureFolders, planPath, removeQuietly, reservePath, UnsafeFolder, writeDurably } from './state'
import { tailJournal } from './tail'

type Params = RequestParams['convert']

/** Enough for the journal of any conversion: lines are short and a set of blocks is one line. */
const RESERVE_BYTES = 128 * 1024

async function readableJournal(host: Host, jobId: string): ReturnType<typeof readJournal> {
  try {
    return await readJournal(host, jobId)
  } catch (error) {
    if (error instanceof HostError) return null
    throw error
  }
}

/** An end that no journal can hold (no lock, no space, no right). Nothing was written. */
async function refuseUnrecorded(host: Host, jobId: string, refusal: Refusal, say: Say): Promise<void> {
  const lines = (await readableJournal(host, jobId))?.lines ?? []
  const bootId = (await host.readText('/proc/sys/kernel/random/boot_id')).trim()
  await say({
    type: 'journal',
    line: {
      n: (lines[lines.length - 1]?.n ?? 0) + 1,
      uptimeMs: String(Math.floor(await host.uptimeMs())),
      kind: 'outcome',
      outcome: 'refused',
      bootId,
      readBack: null,
      refusals: [refusal],
      message: refusal.message,
      next: refusal.next,
    },
  })
  await say({ type: 'end', state: 'finished' })
}

function noJournal(error: unknown): Refusal {
  if (error instanceof UnsafeFolder) {
    return {
      code: 'journal_no_space',
      message: error.message,
      next: 'Give the folder to root with mode 0700.',
    }
  }
  if (error instanceof HostError) {
    const what = error.errno === ENOSPC ? 'there is no space left' : error.errnoName
    return {
      code: 'journal_no_space',
      message: `The journal of the conversion cannot be kept: ${error.path}: ${what}.`,
      next: 'Make room in /var/lib on the host.',
    }
  }
  throw error
}

/** Fills the reserve; a full disk shows here, before anything is written to the kernel. */
async function reserveSpace(host: Host, jobId: string): Promise<void> {
  const path = reservePath(jobId)
  await removeQuietly(host, path)
  const handle = await host.createExclusive(path)
  try {
    await host.append(handle, ' '.repeat(RESERVE_BYTES))
    await host.fsync(handle)
  } finally {
    await host.close(handle)
  }
}

/** The preflight under the lock: a plan made afresh must equal the approved one to the letter. */
async function preflight(host: Host, params: Params): Promise<Refusal[] | 'already' | 'as_planned'> {
  const { item: approved, digest } = params
  const { deviceId, zone } = approved.invariants
  const reading = await readHost(host)
  const planned = await makePlan(host, reading, deviceId, zone)
  const { item, verdict, refusals } = planned.result
  const here = reading.inspection.host
  if (here.machineId !== approved.invariants.machineId || here.dmiUuid !== approved.invariants.dmiUuid) {
    const difference = item === null ? null : nameDifference(approved, item)
    return difference === null ? refusals : [difference]
  }
  if (verdict === 'already') return 'already'
  if (item === null || planned.device === null || planned.blocks === null) {
    if (here.bootId !== approved.invariants.bootId) {
      return [
        {
          code: 'rebooted',
          message: 'The host was restarted since the plan was made.',
          next: 'Make a new plan.',
        },
        ...refusals,
      ]
    }
    return refusals
  }
  // An earlier item of the same run may have loaded kmem: that alone does not make this plan another.
  const loadedSince = approved.preconditions.kmem === 'loadable' && reading.inspection.kmem === 'loaded'
  const now = loadedSince ? buildItem(reading, planned.device, zone, 'loadable', planned.blocks) : item
  const difference = nameDifference(approved, now)
  if (difference !== null) return [difference, ...refusals.filter(({ code }) => code !== difference.code)]
  if (refusals.length > 0) return refusals
  return digestOf(now) === digest
    ? 'as_planned'
    : [
        {
          code: 'plan_changed',
          message: 'The digest differs from the approved one.',
          next: 'Make a new plan.',
        },
      ]
}

/** Waits for permission to write; a sentence why it did not come, or null. */
async function awaitGo(host: Host, nonce: string): Promise<string | null> {
  const answer = await host.readLine(GO_TIMEOUT_SECONDS * 1000)
  if (answer === 'timeout') return `no go came within ${GO_TIMEOUT_SECONDS} s`
  if (typeof answer === 'string') return 'the channel was lost before go'
  try {
    const value: unknown = JSON.parse(answer.line)
    if (typeof value === 'object' && value !== null && (value as { go?: unknown }).go === nonce) return null
  } catch {
    // Said below.
  }
  return 'the line after ready was not its go'
}

/** Starts the acting process and follows the journal; the lock is let go once the actor has it for sure. */
async function actAndFollow(host: Host, jobId: string, lock: Handle, from: number, say: Say): Promise<void> {
  let actor = await startActor(host, jobId, lock, false)
  let held = true
  const release = async () => {
    if (held) await host.close(lock)
    held = false
  }
  await tailJournal(
    host,
    {
      jobId,
      fromLine: from,
      onLook: async (lastLine) => {
        if (!held) return false
        if (lastLine >= from) await release()
        else {
          const state = await host.poll(actor.pid)
          if (state.running) return true
          // systemd could not start the unit (no bus, or its policy forbids): the plain way is left.
          if (actor.isUnit) actor = await startActor(host, jobId, lock, true)
          else await release()
        }
        return held
      },
    },
    say,
  )
}

/**
 * One conversion: lock, fence, journal, preflight, `ready`, `go`, then a process of its own does the writes while
 * this one only tells what the journal says. Called again for a job that has acted, it attaches and repeats nothing.
 */
export async function convert(host: Host, params: Params, say: Say): Promise<void> {
  const { jobId, item, digest, token } = params
  if (digestOf(item) !== digest) {
    const message = 'The digest is not that of the item.'
    await say({
      type: 'error',
      code: 'bad_request',
      message,
      next: 'Send the item exactly as it was planned.',
    })
    return
  }
  if (!(await isPrivileged(host))) {
    const next = 'Run the agent as root or with sudo -n.'
    return refuseUnrecorded(host, jobId, { code: 'not_root', message: 'Converting takes root.', next }, say)
  }
  let lock: Handle | null
  try {
    await ensureFolders(host)
    lock = await takeLock(host, jobId)
  } catch (error) {
    return refuseUnrecorded(host, jobId, noJournal(error), say)
  }
  if (lock === null) {
    const message = 'Another conversion holds the lock of this host.'
    return refuseUnrecorded(host, jobId, { code: 'locked', message, next: 'Wait for it to end.' }, say)
  }

  let journal: JournalWriter
  const began = await host.uptimeMs()
  try {
    const refusal = await fence(host, token)
    if (refusal !== null) return await refuseUnrecorded(host, jobId, refusal, say)
    const known = await readJournal(host, jobId)
    if (known?.lines.some(({ kind }) => kind === 'intent') === true) {
      await host.close(lock)
      return await tailJournal(host, { jobId, fromLine: 1 }, say)
    }
    await reserveSpace(host, jobId)
    await writeDurably(host, planPath(jobId), `${JSON.stringify({ item, digest, token })}\n`)
    journal = await JournalWriter.open(host, jobId, known, async (line) => {
      await say({ type: 'journal', line })
    })
  } catch (error) {
    return refuseUnrecorded(host, jobId, noJournal(error), say)
  }

  const bootId = (await host.readText('/proc/sys/kernel/random/boot_id')).trim()
  const finish = async (outcome: Outcome, message: string, next: string, refusals: Refusal[]) => {
    const read = outcome === 'already' ? await readBack(host, item) : null
    await journal.write({ kind: 'outcome', outcome, bootId, readBack: read, refusals, message, next })
    await journal.sync()
    await removeQuietly(host, reservePath(jobId))
    await say({ type: 'end', state: 'finished' })
  }
  const memTotalBytes = String(await readMemTotal(host))
  await journal.write({
    kind: 'open',
    jobId,
    token,
    digest,
    bootId,
    agentVersion: AGENT_VERSION,
    memTotalBytes,
  })
  const lockMs = Math.floor((await host.uptimeMs()) - began)
  await journal.write({
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
  const found = await preflight(host, params)
  const durationMs = Math.floor((await host.uptimeMs()) - since)
  if (found === 'already') {
    const detail = 'Every planned block is online already.'
    await journal.write({ kind: 'step', step: 'preflight', state: 'done', durationMs, detail })
    const name = item.preconditions.daxName
    return finish('already', `${name} is system RAM already, in the zone asked.`, 'Nothing to do.', [])
  }
  if (found !== 'as_planned') {
    const [first] = found
    const message = first?.message ?? 'The host is not as planned.'
    await journal.write({ kind: 'step', step: 'preflight', state: 'failed', durationMs, detail: message })
    return finish('refused', message, first?.next ?? 'Make a new plan.', found)
  }
  const detail = 'Host, device and plan are as approved.'
  await journal.write({ kind: 'step', step: 'preflight', state: 'done', durationMs, detail })
  await journal.sync()

  const nonce = await host.randomHex(16)
  const heard = await say({ type: 'ready', nonce, digest })
  const noGo = heard ? await awaitGo(host, nonce) : 'the channel was lost before go'
  if (noGo !== null)
    return finish(
      'cancelled',
      `Nothing was written: ${noGo}.`,
      'Start the job again if it is still wanted.',
      [],
    )
  const lastLine = journal.lastLine
  await journal.close()
  await actAndFollow(host, jobId, lock, lastLine + 1, say)
}
