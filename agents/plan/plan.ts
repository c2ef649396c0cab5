import type { Host } from '../host'
import { canonicalJson } from '../lib/canonical'
import { toSpans } from '../lib/spans'
import type {
  ConvertItem,
  DaxDevice,
  DeviceInvariants,
  HealthPolicy,
  Inspection,
  PlanItem,
  PlanResult,
  Refusal,
  Zone,
} from '../protocol'
import { has } from '../read/eras'
import { otherNamespaces, type Reading } from '../read/inspect'
import { findUsers, usersText } from '../read/users'
import { isReversible, planHazards } from './hazards'
import { judgedHealth, judgeHealth } from './health'
import { hooksOf, planHooks } from './hooks'
import { planWrites } from './writes'
import { type BlockTally, tally, zoneConflict } from './zone'

/** SHA-256 over the item's canonical JSON: what people approve, and what must hold under the lock. */
export function digestOf(host: Host, item: PlanItem): Promise<string> {
  return host.sha256(canonicalJson(item))
}

async function notADevice(host: Host, reading: Reading, deviceId: string): Promise<Refusal> {
  const namespaces = await otherNamespaces(host, reading.dax)
  const namespace = namespaces.find(({ identity }) => identity.id === deviceId)
  if (namespace !== undefined) {
    return {
      code: 'not_devdax',
      message: `${namespace.name} is no dax device. ${namespace.reason}`,
      next: 'Create a devdax namespace first (ndctl create-namespace -m devdax), which erases what is on it.',
    }
  }
  return {
    code: 'device_gone',
    message: `No dax device of this host has the identity ${deviceId}.`,
    next: 'Inspect the host again: the device may be disabled, resized or made anew.',
  }
}

/** What a plan is asked for: the device, where its blocks shall go, how long each hook may take, how healthy it must be. */
export interface Question {
  deviceId: string
  zone: Zone
  hookSeconds: number
  health?: HealthPolicy | undefined
}

/** The kernel counts this kind of memory among kmem's own. */
export function isKmems({ inspection }: Reading, { kind }: DaxDevice): boolean {
  return (kind === 'cxl' || kind === 'hmem') && has(inspection.features, 'kmem_by_kind')
}

/** Builds the item alone; `kmem` may be given as it was before an earlier item of the same run loaded the module. */
export function buildItem(
  reading: Reading,
  device: DaxDevice,
  { zone, hookSeconds, health }: Pick<Question, 'zone' | 'hookSeconds' | 'health'>,
  kmem: Inspection['kmem'],
  blocks: BlockTally,
): ConvertItem {
  const { inspection } = reading
  const { writes, recovery } = planWrites({
    device,
    zone,
    kmem,
    policy: inspection.autoOnline.policy,
    offline: toSpans(blocks.notOnline),
    isKmems: isKmems(reading, device),
  })
  return {
    version: 1,
    kind: 'convert',
    invariants: { ...invariantsOf(reading, device), zone },
    preconditions: {
      daxName: device.name,
      driver: device.driver,
      autoOnlinePolicy: inspection.autoOnline.policy,
      kmem,
      plannedBlocksOnline: toSpans(blocks.online),
      hooks: planHooks(hooksOf(inspection.hooks, 'convert'), hookSeconds),
    },
    prediction: device.prediction,
    ...judgedHealth(device, health),
    writes,
    recovery,
  }
}

async function refuseUsers(host: Host, reading: Reading, device: DaxDevice): Promise<Refusal[]> {
  const number = reading.dax.find((other) => other.device === device)?.deviceNumber ?? null
  const { users } = await findUsers(host, number)
  if (users.length === 0) return []
  return [
    {
      code: 'in_use',
      message: `${device.name} is in use by ${usersText(users)}: converting it would kill them with SIGBUS.`,
      next: 'Stop these processes, then plan again.',
    },
  ]
}

/** What asked zone and present blocks speak against: blocks elsewhere, or others who would online them elsewhere. */
export function zoneRefusals(reading: Reading, device: DaxDevice, zone: Zone, blocks: BlockTally): Refusal[] {
  const elsewhere = blocks.online.length - blocks.inZone.length
  const refusals: Refusal[] = []
  if (elsewhere > 0) {
    refusals.push({
      code: 'bound_elsewhere',
      message: `${device.name} is system-ram already, with ${elsewhere} blocks online in another zone than ${zone}.`,
      next: 'Ask for the zone they are in, or take them offline first.',
    })
  }
  const conflict = device.driver === 'kmem' ? null : zoneConflict(zone, reading.autoOnline)
  return conflict === null ? refusals : [...refusals, conflict]
}

export interface Planned {
  result: PlanResult
  device: DaxDevice | null
  blocks: BlockTally | null
}

/** The one device of that identity, or why there is none to speak of. */
export async function findDevice(
  host: Host,
  reading: Reading,
  deviceId: string,
): Promise<DaxDevice | { refusal: Refusal }> {
  const matches = reading.inspection.devices.filter(({ identity }) => identity.id === deviceId)
  const [device] = matches
  if (device === undefined) return { refusal: await notADevice(host, reading, deviceId) }
  if (matches.length === 1) return device
  return {
    refusal: {
      code: 'identity_changed',
      message: `${matches.map(({ name }) => name).join(' and ')} share one identity: the device cannot be told for sure.`,
      next: 'Look for a cloned namespace label (ndctl list -Nv).',
    },
  }
}

/** The answer where there is no device to describe a plan by. */
export function withoutDevice(
  { inspection }: Reading,
  refusal: Refusal,
  reversible: PlanResult['reversible'],
): PlanResult {
  const { hazards } = inspection
  return { item: null, digest: null, verdict: 'refused', refusals: [refusal], hazards, reversible }
}

export function invariantsOf({ inspection }: Reading, device: DaxDevice): DeviceInvariants {
  const { machineId, dmiUuid, bootId } = inspection.host
  return {
    machineId,
    dmiUuid,
    bootId,
    deviceId: device.identity.id,
    deviceKind: device.kind,
    ranges: device.ranges,
    blockSizeBytes: inspection.blockSizeBytes,
    targetNode: device.targetNode ?? -1,
  }
}

/**
 * Plans the conversion of one device from a reading: the exact writes, what they will yield, why not, what to mind.
 * Writes nothing.
 */
export async function makePlan(host: Host, reading: Reading, question: Question): Promise<Planned> {
  const { zone } = question
  const { inspection } = reading
  const device = await findDevice(host, reading, question.deviceId)
  if ('refusal' in device) {
    const result = withoutDevice(reading, device.refusal, isReversible(zone))
    return { result, device: null, blocks: null }
  }
  const blocks = tally(device.blocks, device.prediction, zone)
  const item = buildItem(reading, device, question, inspection.kmem, blocks)
  const whole = device.prediction.blockCount > 0 && blocks.inZone.length === device.prediction.blockCount
  const already = device.driver === 'kmem' && whole
  const health = question.health === undefined ? null : judgeHealth(device, question.health)
  const refusals = already
    ? []
    : [
        ...device.refusals,
        ...(health?.refusals ?? []),
        ...zoneRefusals(reading, device, zone, blocks),
        ...(device.driver === 'kmem' ? [] : await refuseUsers(host, reading, device)),
      ]
  return {
    result: {
      item,
      digest: await digestOf(host, item),
      verdict: already ? 'already' : refusals.length > 0 ? 'refused' : 'convertible',
      refusals,
      hazards: [...(health?.hazards ?? []), ...planHazards(reading, device, zone)],
      reversible: isReversible(zone),
      ...(health === null ? {} : { health: device.health }),
    },
    device,
    blocks,
  }
}
