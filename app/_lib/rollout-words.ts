import type { RolloutDetail } from '@/server/rollouts/schema'
import { formatCount, plural } from './format'

/** `Canary`, `Wave 2`: the canary is a wave of its own, the first, when the policy has one. */
export function waveName(wave: number, policy: Pick<RolloutDetail['policy'], 'canaryHosts'>): string {
  return wave === 0 && policy.canaryHosts > 0 ? 'Canary' : `Wave ${wave + 1}`
}

/** `2 devices on 1 host` */
export function scopeWords(devices: number, hosts: number): string {
  return `${plural(devices, 'device')} on ${plural(hosts, 'host')}`
}

/** Codes of what did not come out well or was left out, as a heading of their cluster. */
const CAUSES: Readonly<Record<string, string>> = {
  // Left out when the list was made.
  never_reached: 'Never reached',
  key_not_reviewed: 'Host key not reviewed',
  unreachable: 'Unreachable',
  access_refused: 'Access refused',
  agent_failed: 'Agent failed',
  quarantined: 'Quarantined',
  foreign: 'Another installation’s',
  no_device: 'No dax device',
  already_converted: 'Already converted',
  not_system_ram: 'Not system RAM',
  incompatible: 'Incompatible',
  failed: 'Failed before',
  busy: 'In another run',
  share_too_small: 'Less than a memory block',
  share_too_large: 'Has less than the share',
  not_needed: 'Not needed for the share',
  // Left out by the plan.
  not_ready: 'Host not ready',
  not_planned: 'Could not be planned',
  in_use: 'Device in use',
  not_root: 'Not root on the host',
  unsupported: 'Not supported there',
  compat_model: 'Kernel with the old dax class',
  kmem_missing: 'Kernel without the kmem driver',
  kmem_blacklisted: 'kmem driver is blacklisted',
  bound_elsewhere: 'Bound to another driver',
  sibling_unbound: 'A neighbour without a driver',
  too_small: 'Holds no whole memory block',
  no_memmap_headroom: 'No room for page structures',
  auto_online_conflict: 'The host would online it elsewhere',
  media_errors: 'Bad blocks',
  unhealthy: 'Not healthy enough',
  kernel_zone: 'In a zone of the kernel',
  no_hot_remove: 'Kernel cannot take memory out',
  capacity_floor: 'Below the host’s capacity floor',
  fleet_floor: 'Below the fleet’s capacity floor',
  no_room: 'No room for what is in it',
  not_offline: 'A block did not go offline',
  not_devdax: 'Not in devdax mode',
  no_target_node: 'No memory node of its own',
  stranded: 'Stranded until reboot',
  stale_token: 'A newer installation acted there',
  other_installation: 'Another installation’s',
  journal_no_space: 'No space for the journal',
  // Came to nothing, or to something else.
  plan_changed: 'Changed since it was planned',
  health_changed: 'Health changed since it was planned',
  digest_differs: 'Changed since it was planned',
  identity_changed: 'Another device than planned',
  rebooted: 'Host rebooted since',
  device_gone: 'Device gone',
  timed_out: 'Timed out',
  lost_contact: 'Lost contact',
  locked: 'Host locked by another agent',
  agent_died: 'Agent died half-way',
  fleet_stop: 'Fleet-wide stop pulled',
}

/** A code nobody has words for is shown as it is, without its underscores. */
export function causeWords(cause: string): string {
  return CAUSES[cause] ?? cause.replaceAll('_', ' ').replace(/^[a-z]/, (letter) => letter.toUpperCase())
}

export function sumCounts(counts: Readonly<Record<string, number>>, ...states: readonly string[]): number {
  const picked = states.length === 0 ? Object.keys(counts) : states
  return picked.reduce((sum, state) => sum + (counts[state] ?? 0), 0)
}

/** `3 of 12` with the thousands apart. */
export function ofWords(part: number, whole: number): string {
  return `${formatCount(part)} of ${formatCount(whole)}`
}

/** Left out for no fault of anybody: nothing is to be mended. */
const NO_FAULT: ReadonlySet<string> = new Set([
  'already_converted',
  'not_system_ram',
  'incompatible',
  'no_device',
  'busy',
  'not_needed',
])
export function isNoFault(reason: string): boolean {
  return NO_FAULT.has(reason)
}

const HAZARDS: Readonly<Record<string, string>> = {
  not_erased_at_power_off: 'Not erased at power-off',
  alignment_loss: 'Lost to alignment',
  memmap_cost: 'Page structures out of ordinary memory',
  movable_ratio: 'Much movable memory for little kernel memory',
  mixed_zones: 'Blocks of one device in two zones',
  no_hot_remove: 'Not reversible without a restart',
  auto_online: 'The host onlines memory by itself',
  udev_rule: 'A udev rule onlines memory',
  kubelet: 'A kubelet runs',
  cpuset: 'Cpusets leave the new memory out',
  kdump: 'kdump knows nothing of the new memory',
  daxctl_persistence: 'daxctl configures devices at boot',
  unreadable_users: 'Not all users of the device could be read',
  memory_shrinks: 'The host loses memory',
  held_pages: 'Memory that may not move',
  health: 'Health of the device',
  memory_without_device: 'Memory of a device that is gone',
}

/** A hazard's code as a heading. */
export function hazardWords(code: string): string {
  return HAZARDS[code] ?? causeWords(code)
}
