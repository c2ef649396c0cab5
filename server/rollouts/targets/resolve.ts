import type { DeviceHealthState } from '@/server/health-policy/vocabulary'
import type { DeviceStateName, HostStandingName, HostStateName } from '@/server/hosts/vocabulary'
import type { RolloutShare } from '@/server/plans/schema'
import { isOfShare, type RolloutKind } from '@/server/plans/vocabulary'
import { asksOnlyOfHosts, isNamed, matchesDevice, matchesHost, type Selector } from './conditions'
import { type Divided, divideShare } from './shares'

/** A host and its devices as last read: what a selector is resolved over. */
export interface TargetHost {
  hostId: string
  name: string
  address: string
  kernelRelease: string | null
  labels: Readonly<Record<string, string>>
  state: HostStateName
  /** As the hosts page filters by it. */
  standing: HostStandingName
  stateMessage: string
  stateNext: string
  /** 0 before it was read. */
  blockSizeBytes: bigint
  devices: readonly TargetDevice[]
}

export interface TargetDevice {
  deviceId: string
  daxName: string
  identity: string
  kind: string
  state: DeviceStateName
  sizeBytes: bigint
  /** Whole memory blocks of it; of what is to be given back, those that are online; of a share, the share. */
  usableBytes: bigint
  onlineBytes: bigint
  /** Of a share: what of it is asked of this device. */
  shareBytes?: bigint
  /** By the fleet's policy, as last read. */
  health: DeviceHealthState
  /** What the agent said stands against a conversion. */
  refusals: readonly { message: string; next: string }[]
  /** A job or an approved rollout has it in hand. */
  busy: boolean
}

export const exclusionReasons = [
  'never_reached',
  'key_not_reviewed',
  'unreachable',
  'access_refused',
  'agent_failed',
  'quarantined',
  'foreign',
  'no_device',
  'already_converted',
  /** There is nothing of it to give back. */
  'not_system_ram',
  /** Cannot be converted, and is none the worse for it. */
  'incompatible',
  /** Something went wrong with it before. */
  'failed',
  'busy',
  /** Its health is one that the policy lets become no RAM. */
  'unhealthy',
  // Of shares.
  'share_too_small',
  'share_too_large',
  /** Others of its host have all that is asked. */
  'not_needed',
] as const
export type ExclusionReason = (typeof exclusionReasons)[number]

/** A host or device that the selector names and that is left out: why, and the one next action. */
export interface Exclusion {
  hostId: string
  hostName: string
  deviceId: string | null
  daxName: string | null
  reason: ExclusionReason
  message: string
  next: string
}

export interface Resolved {
  targets: { host: TargetHost; devices: TargetDevice[] }[]
  exclusions: Exclusion[]
  /** Names and patterns of the selector that no host bears. */
  unknownHosts: string[]
}

/** What a selector names, and of that what is left out. Hosts by name, devices by dax name: the same each time. */
export function resolveTargets(
  selector: Selector,
  hosts: readonly TargetHost[],
  { kind = 'convert', share }: { kind?: RolloutKind; share?: RolloutShare | undefined } = {},
): Resolved {
  const targets: Resolved['targets'] = []
  const exclusions: Exclusion[] = []
  for (const host of hosts.toSorted((a, b) => byText(a.name, b.name))) {
    if (!matchesHost(selector, host)) continue
    const asked = host.devices
      .filter((device) => device.state !== 'gone' && matchesDevice(selector, device))
      .toSorted((a, b) => byDaxName(a.daxName, b.daxName))
    const barred = hostBarred(host)
    if (asked.length === 0 && barred !== null && host.devices.length === 0) {
      exclusions.push(excluded(host, null, barred))
    } else if (asked.length === 0 && host.devices.length === 0 && asksOnlyOfHosts(selector)) {
      exclusions.push(excluded(host, null, noDevice(host)))
    }
    const able: TargetDevice[] = []
    for (const device of asked) {
      const why = deviceBarred(host, device, kind) ?? barred
      if (why === null) able.push(device)
      else exclusions.push(excluded(host, device, why))
    }
    const { taken, left } = take(host, able, kind, share)
    exclusions.push(...left.map(({ device, why }) => excluded(host, device, why)))
    if (taken.length > 0) targets.push({ host, devices: taken })
  }
  const names = new Set(hosts.map(({ name }) => name))
  const unknownHosts = selector.hosts.filter(
    (name) => !names.has(name) && !(name.includes('*') && hosts.some((host) => isNamed(name, host.name))),
  )
  return { targets, exclusions, unknownHosts }
}

export type Why = Pick<Exclusion, 'reason' | 'message' | 'next'>

/** What of these is asked of each: whole devices, or their part of a share. */
function take(
  host: TargetHost,
  able: readonly TargetDevice[],
  kind: RolloutKind,
  share: RolloutShare | undefined,
): Divided {
  if (isOfShare(kind) && share !== undefined) return divideShare(host, able, kind, share)
  const whole = (device: TargetDevice): TargetDevice => {
    if (kind === 'convert') return device
    const { usableBytes, onlineBytes } = device
    return { ...device, usableBytes: kind === 'online' ? usableBytes - onlineBytes : onlineBytes }
  }
  return { taken: able.map(whole), left: [] }
}

const hostReasons: Readonly<Record<HostStateName, ExclusionReason | null>> = {
  ready: null,
  new: 'never_reached',
  key_review: 'key_not_reviewed',
  key_changed: 'key_not_reviewed',
  unreachable: 'unreachable',
  auth_refused: 'access_refused',
  sudo_refused: 'access_refused',
  agent_failed: 'agent_failed',
  quarantined: 'quarantined',
  foreign: 'foreign',
}

/** Why a host takes no part in a rollout as it is now; null when it is ready. */
function hostBarred({ name, state, stateMessage, stateNext }: TargetHost): Why | null {
  const reason = hostReasons[state]
  if (reason === null) return null
  return {
    reason,
    message: stateMessage || `${name} has never been reached.`,
    next: stateNext || 'Probe the host.',
  }
}

function deviceBarred({ name }: TargetHost, device: TargetDevice, kind: RolloutKind): Why | null {
  const it = `${device.daxName} on ${name}`
  const busy: Why | null = device.busy
    ? { reason: 'busy', message: `${it} is in another run already.`, next: 'Wait for its end.' }
    : null
  const sick = kind === 'convert' || kind === 'online' ? unhealthy(it, device) : null
  switch (device.state) {
    case 'partial':
      if (kind === 'offline' && device.onlineBytes === 0n) return notSystemRam(it)
      return busy ?? sick
    case 'convertible':
      if (kind === 'online') return notOnKmem(it)
      return kind === 'convert' ? (busy ?? sick) : notSystemRam(it)
    case 'system_ram':
      if (kind === 'restore' || kind === 'offline') return busy
      if (kind === 'online')
        return { reason: 'already_converted', message: `All of ${it} is online already.`, next: '' }
      return { reason: 'already_converted', message: `${it} is system RAM already.`, next: '' }
    case 'incompatible': {
      if (kind === 'online') return notOnKmem(it)
      if (kind !== 'convert') return notSystemRam(it)
      const [refusal] = device.refusals
      return {
        reason: 'incompatible',
        message: refusal?.message ?? `${it} cannot be converted as it is.`,
        next: refusal?.next ?? 'Look at the device on the host’s page.',
      }
    }
    case 'unbound':
      return { reason: 'failed', message: `${it} has no driver.`, next: 'Bind it to device_dax first.' }
    case 'stranded':
      return {
        reason: 'failed',
        message: `${it} has memory online without a driver.`,
        next: 'Reboot the host when it suits.',
      }
    case 'gone':
      return null
  }
}

const notSystemRam = (it: string): Why => ({
  reason: 'not_system_ram',
  message: `${it} is not system RAM: there is nothing to give back.`,
  next: '',
})

const notOnKmem = (it: string): Why => ({
  reason: 'not_system_ram',
  message: `${it} is not on kmem: there is no share of it to bring online.`,
  next: 'Convert it first.',
})

function unhealthy(it: string, { health }: TargetDevice): Why | null {
  if (health !== 'block') return null
  return {
    reason: 'unhealthy',
    message: `${it} is not healthy enough to become RAM, by the fleet’s health policy.`,
    next: 'Look at its health on the host’s page: replace the device, or have an admin change the policy in Settings.',
  }
}

function noDevice({ name }: TargetHost): Why {
  return {
    reason: 'no_device',
    message: `${name} has no dax device.`,
    next: 'Create a devdax namespace first.',
  }
}

function excluded(host: TargetHost, device: TargetDevice | null, why: Why): Exclusion {
  return {
    hostId: host.hostId,
    hostName: host.name,
    deviceId: device?.deviceId ?? null,
    daxName: device?.daxName ?? null,
    ...why,
  }
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const numbers = new Intl.Collator('en', { numeric: true })
const byDaxName = (a: string, b: string) => numbers.compare(a, b)
