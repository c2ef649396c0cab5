import { convert } from '../convert/convert'
import type { Permit } from '../convert/go'
import { readJournal } from '../convert/journal'
import { recover } from '../convert/recover'
import { planPath } from '../convert/state'
import { readToken } from '../convert/token'
import type { Host } from '../host'
import { daxctlSection } from '../persist/daxctl'
import { type Entry, type EntryFile, machineMismatch, mismatch } from '../persist/entries'
import { findDevice, makePlan } from '../plan/plan'
import {
  type BootResult,
  type FencingToken,
  HOOK_SECONDS,
  type JournalLine,
  type PlanItem,
} from '../protocol'
import { listDaxDevices, readDaxIdentity } from '../read/dax'
import { baseName } from '../read/files'
import { readMachine } from '../read/identity'
import { readHost } from '../read/inspect'
import type { Say } from '../say'

const LOOK_EVERY_MS = 250
const PLAN_BYTES = 8 * 1024 * 1024

/** Approved once, when its file was: the host itself says go, and what died half-way goes on to the end. */
const OWN_START: Permit = { ask: async () => ({ go: 'forward' }), isAlone: true, records: false }

type Outcome = Extract<JournalLine, { kind: 'outcome' }>
type End = Pick<BootResult, 'outcome' | 'message' | 'next'>

const AGAIN = 'Turn it off on the host’s page, or convert it there and turn it on again.'
const refuse = (message: string, next = AGAIN): End => ({ outcome: 'refused', message, next })

/** Until a device of that identity is there, or the patience of this start is over. */
async function awaitDevice(host: Host, { deviceId }: Entry, untilMs: number): Promise<void> {
  for (;;) {
    for (const name of await listDaxDevices(host))
      if ((await readDaxIdentity(host, name)).identity.id === deviceId) return
    if ((await host.uptimeMs()) >= untilMs) return
    await host.sleep(LOOK_EVERY_MS)
  }
}

/** A job of this start, numbered after those that have come to an end: the unit may be started again by hand. */
async function nextJob(host: Host, path: string, bootId: string) {
  const name = `boot-${baseName(path).slice(0, 12)}-${bootId.slice(0, 8)}`
  for (let attempt = 1; ; attempt++) {
    const jobId = `${name}-${attempt}`
    const lines = (await readJournal(host, jobId))?.lines ?? []
    if (!lines.some(({ kind }) => kind === 'outcome')) return { jobId, hasActed: lines.some(isIntent) }
  }
}

const isIntent = ({ kind }: JournalLine) => kind === 'intent'

/** A token that nobody compares: it tells one attempt's files from another's, and whose host this is. */
async function ownToken(host: Host): Promise<FencingToken> {
  const known = await readToken(host)
  const installationId = known === null || known === 'unreadable' ? 'none' : known.installationId
  return { installationId, epoch: String(Math.floor(await host.uptimeMs())) }
}

async function carryOut(
  host: Host,
  job: { jobId: string; hasActed: boolean },
  planned: { item: PlanItem; digest: string },
): Promise<End> {
  let outcome: Outcome | null = null
  const say: Say = async (reply) => {
    if (reply.type === 'journal' && reply.line.kind === 'outcome') outcome = reply.line
    return true
  }
  const { jobId, hasActed } = job
  const params = { jobId, token: await ownToken(host), ...planned }
  if (hasActed) await recover(host, { ...params, fromLine: 1 }, say, OWN_START)
  else await convert(host, params, say, OWN_START)
  const end = outcome as Outcome | null
  if (end === null) {
    const next = 'Look at the device on its host’s page.'
    return { outcome: 'failed', message: 'What converted it ended without an outcome.', next }
  }
  return { outcome: end.outcome as End['outcome'], message: end.message, next: end.next }
}

async function convertAgain(
  host: Host,
  path: string,
  entry: Entry,
  untilMs: number,
): Promise<End & { jobId: string | null }> {
  const none = (end: End) => ({ ...end, jobId: null })
  const machine = await readMachine(host)
  const other = machineMismatch(entry, machine)
  if (other !== null) return none(refuse(`${other} Nothing was done.`))
  await awaitDevice(host, entry, untilMs)
  const job = await nextJob(host, path, machine.bootId)
  if (job.hasActed) {
    const { item, digest } = JSON.parse(await host.readText(planPath(job.jobId), PLAN_BYTES))
    return { ...(await carryOut(host, job, { item, digest })), jobId: job.jobId }
  }
  const reading = await readHost(host)
  const device = await findDevice(host, reading, entry.deviceId)
  if ('refusal' in device) return none(refuse(`${device.refusal.message} Nothing was done.`))
  const changed = mismatch(entry, machine, device, reading.inspection.blockSizeBytes)
  if (changed !== null) return none(refuse(`${changed} Nothing was done.`))
  const section = daxctlSection(reading.inspection.persistence?.daxctl ?? [], device)
  if (section !== null)
    return none(refuse(`daxctl brings it back as well (${section.file}): it is left to daxctl.`))
  const question = { deviceId: entry.deviceId, zone: entry.zone, hookSeconds: HOOK_SECONDS }
  const { item, digest, verdict, refusals } = (await makePlan(host, reading, question)).result
  if (verdict === 'already') {
    const message = `${device.name} is system RAM already, in the zone asked.`
    return none({ outcome: 'already', message, next: '' })
  }
  const [first] = refusals
  if (first !== undefined || item === null || digest === null)
    return none(refuse(first?.message ?? 'It cannot be planned.', first?.next))
  return { ...(await carryOut(host, job, { item, digest })), jobId: job.jobId }
}

/** Converts the device of one file again, if all is as it was when the file was approved; what it came to. */
export async function bringBack(host: Host, file: EntryFile, untilMs: number): Promise<BootResult> {
  const { path, entry, fault } = file
  if (entry === null) {
    const end = refuse(
      `Nothing was done: ${fault}.`,
      `Look at ${path} on the host, and take it away if it is not wanted.`,
    )
    return { path, deviceId: null, jobId: null, ...end }
  }
  try {
    return { path, deviceId: entry.deviceId, ...(await convertAgain(host, path, entry, untilMs)) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const next = 'Look at the device on its host’s page.'
    return { path, deviceId: entry.deviceId, jobId: null, outcome: 'failed', message, next }
  }
}
