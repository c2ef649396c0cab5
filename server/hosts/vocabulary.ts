export const hostStates = [
  'new',
  'key_review',
  'key_changed',
  'ready',
  'unreachable',
  'auth_refused',
  'sudo_refused',
  'agent_failed',
  'quarantined',
  'foreign',
] as const
export type HostStateName = (typeof hostStates)[number]

/** A host's state, or that one of its devices is not as it should be (standing.ts). */
export const hostStandings = [...hostStates, 'needs_attention'] as const
export type HostStandingName = (typeof hostStandings)[number]

export const deviceStates = [
  'convertible',
  'incompatible',
  'system_ram',
  'partial',
  'unbound',
  'stranded',
  'gone',
] as const
export type DeviceStateName = (typeof deviceStates)[number]
