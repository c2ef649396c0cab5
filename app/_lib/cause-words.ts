import { causeWords } from './rollout-words'

/** Why a run came to its end, by the code that clusters such ends. */
const CAUSES: Readonly<Record<string, string>> = {
  agent_disagrees: 'what was read back is not what the agent said',
  agent_died: 'the agent died on the host',
  already: 'nothing had to be written',
  auth_refused: 'sign-in refused',
  auto_online_conflict: 'others would online the blocks in another zone',
  blocks_offline: 'blocks stayed offline',
  bound_elsewhere: 'bound to another driver, or online in another zone',
  cancelled: 'cancelled before anything was written',
  compat_model: 'the old class model of dax',
  device_gone: 'the device is gone',
  digest_differs: 'changed since it was planned',
  fleet_stop: 'the fleet-wide stop was pulled',
  host_restarted: 'the host restarted',
  identity_changed: 'another device than planned',
  in_use: 'the device is in use',
  internal: 'Daxfleet itself failed',
  journal_no_space: 'no space for the journal on the host',
  key_changed: 'the host key changed',
  key_review: 'the host key is not reviewed',
  kmem_blacklisted: 'the kmem module is blacklisted',
  kmem_missing: 'the kmem driver is missing',
  lease_lost: 'the worker no longer held the host',
  locked: 'another process held the host’s lock',
  lost_contact: 'contact was lost',
  marked_lost: 'given up by a person',
  media_errors: 'bad sectors on the media',
  no_memmap_headroom: 'too little memory for page structures',
  no_outcome: 'the agent ended without an outcome',
  no_read_back: 'nothing was read back',
  no_target_node: 'the device has no target node',
  not_devdax: 'not a dax device',
  not_owner: 'another worker had it',
  not_root: 'not run as root',
  other_installation: 'the host is another installation’s',
  other_zone: 'blocks came online in another zone',
  output_overflow: 'the agent said more than it may',
  plan_changed: 'changed since it was planned',
  quarantined: 'the host was in quarantine',
  rebooted: 'the host rebooted since the plan',
  sibling_unbound: 'another device has no driver',
  stale_token: 'the host has seen a newer holder',
  stopped: 'stopped as asked',
  stranded: 'memory online without a driver',
  sudo_refused: 'sudo refused',
  timed_out: 'the host did not answer in time',
  too_small: 'no whole memory block fits',
  unbound: 'the device was left without a driver',
  unreachable: 'the host was not reached',
  unsupported: 'not supported by the kernel',
  version_mismatch: 'the agent’s version does not match',
}

/** An errno is a name already; a code nobody has words for is shown without its underscores. */
export function jobCauseWords(code: string): string {
  if (/^E[A-Z0-9]+$/.test(code)) return `the kernel said ${code}`
  const words = CAUSES[code] ?? causeWords(code)
  return words.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
}
