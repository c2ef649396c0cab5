import type { Host } from '../host'
import { daxctlSection } from '../persist/daxctl'
import { entryText, otherEntries, readEntries } from '../persist/entries'
import { missingWrites, persistWishes, placeFault, unpersistWishes } from '../persist/files'
import { entryPath } from '../persist/places'
import type {
  DaxDevice,
  DeviceInvariants,
  PersistItem,
  PersistQuestion,
  PlanItem,
  PlannedWrite,
  PlanResult,
  Refusal,
  UnpersistItem,
  UnpersistQuestion,
} from '../protocol'
import { isPartOfRegion } from '../read/dax'
import type { Reading } from '../read/inspect'
import { digestOf, findDevice, invariantsOf, withoutDevice } from './plan'
import { zoneConflict } from './zone'

const REVERSIBLE = {
  yes: true,
  why: 'It can be turned off again at any time; what is system RAM now stays so.',
}
/** Parts of an identity that another device may have as well, or that tell nothing. */
const UNSURE = /no-uuid|unreadable|unknown/

async function refusePersist(
  host: Host,
  reading: Reading,
  device: DaxDevice,
  { zone }: PersistQuestion,
): Promise<Refusal[]> {
  const { inspection } = reading
  const { name, identity } = device
  const refusals: (Refusal | null)[] = []
  const refuse = (code: Refusal['code'], message: string, next: string) =>
    refusals.push({ code, message, next })
  const section = daxctlSection(inspection.persistence?.daxctl ?? [], device)
  if (section !== null) {
    const message = `daxctl brings ${name} back at each start already (${section.file}): two would get into each other's way.`
    refuse(
      'daxctl_persists',
      message,
      `Take its section out of ${section.file} on the host, or leave it to daxctl.`,
    )
  }
  if (device.driver !== 'kmem') {
    const message = `${name} is bound to ${device.driver ?? 'no driver'}: what is to come back has been converted here once.`
    refuse('not_system_ram', message, 'Convert it first.')
  }
  if (UNSURE.test(identity.id)) {
    const message = `${name} has no identity that outlasts a restart (${identity.id}).`
    refuse('unsupported', message, 'Convert it by hand after each start.')
  }
  if (await isPartOfRegion(host, device)) {
    const message = `${name} is a part of its region: at each start the kernel makes one device of the whole region.`
    refuse('unsupported', message, 'Divide the region and convert the part by hand after each start.')
  }
  if (!(await host.has('/run/systemd/system')))
    refuse(
      'no_systemd',
      'PID 1 of this host is not systemd: nothing would bring it back.',
      'Convert it by hand after each start.',
    )
  refusals.push(zoneConflict(zone, reading.autoOnline))
  return refusals.flatMap((refusal) => refusal ?? [])
}

/** The device's invariants; of one that is not there any more what its file and this host still tell. */
function invariantsFor(reading: Reading, deviceId: string, device: DaxDevice | null): DeviceInvariants {
  if (device !== null) return invariantsOf(reading, device)
  const { machineId, dmiUuid, bootId } = reading.inspection.host
  const { blockSizeBytes } = reading.inspection
  return {
    machineId,
    dmiUuid,
    bootId,
    deviceId,
    deviceKind: 'unknown',
    ranges: [],
    blockSizeBytes,
    targetNode: 0,
  }
}

const NOTHING: PlanItem['prediction'] = {
  usableBytes: '0',
  lostBytes: '0',
  memmapBytes: '0',
  memmapFrom: 'normal',
  blockCount: 0,
  blocks: [],
}

/**
 * Plans that a device comes back after each start of the host, or that it does so no more: every file that would be
 * written, with its text. Writes nothing.
 */
export async function makePersistPlan(
  host: Host,
  reading: Reading,
  question: PersistQuestion | UnpersistQuestion,
): Promise<PlanResult> {
  const { kind, deviceId } = question
  if (!reading.inspection.privileged) {
    const next = 'Run the agent as root or with sudo -n.'
    const refusal: Refusal = { code: 'not_root', message: 'Planning files of the host takes root.', next }
    return withoutDevice(reading, refusal, REVERSIBLE)
  }
  const found = await findDevice(host, reading, deviceId)
  const path = entryPath(await host.sha256(deviceId))
  // What is gone can be struck off all the same: its file would be looked at for ever.
  const isListed = 'refusal' in found && (await readEntries(host)).some((file) => file.path === path)
  if ('refusal' in found && (kind === 'persist' || !isListed))
    return withoutDevice(reading, found.refusal, REVERSIBLE)
  const device = 'refusal' in found ? null : found
  const invariants = invariantsFor(reading, deviceId, device)
  const wishes =
    question.kind === 'persist'
      ? await persistWishes(host, deviceId, entryText(invariants, device?.sizeBytes ?? '0', question.zone))
      : await unpersistWishes(host, deviceId, (await otherEntries(host, path)).length === 0)
  const writes = await missingWrites(host, wishes)
  const common = {
    version: 1 as const,
    invariants,
    preconditions: { daxName: device?.name ?? '', driver: device?.driver ?? null, hooks: [] },
    prediction: device?.prediction ?? NOTHING,
    files: wishes.map(({ state }) => state),
    writes,
  }
  // What was not there before may go again; an older file is not brought back.
  const recovery: PlannedWrite[] =
    kind === 'persist' && !(await host.has(path))
      ? [{ step: 'unpersist', path, value: '', file: 'remove' }]
      : []
  const item: PersistItem | UnpersistItem =
    question.kind === 'persist'
      ? { ...common, kind: 'persist', zone: question.zone, recovery }
      : { ...common, kind: 'unpersist', zone: null, recovery }
  const refusals =
    question.kind === 'persist' && device !== null ? await refusePersist(host, reading, device, question) : []
  const fault = await placeFault(host, writes)
  if (fault !== null) {
    const next = 'Set it right on the host, then plan again.'
    refusals.push({ code: 'unsafe_place', message: `Its files cannot be kept safely: ${fault}.`, next })
  }
  const already = writes.length === 0 && refusals.length === 0
  return {
    item,
    digest: await digestOf(host, item),
    verdict: already ? 'already' : refusals.length > 0 ? 'refused' : 'persistable',
    refusals,
    hazards: [],
    reversible: REVERSIBLE,
  }
}
