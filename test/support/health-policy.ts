import type { HealthPolicy } from '@/agents/protocol'

/** The policy a fleet begins with, as the migration sets it. */
export const firstHealthPolicy: HealthPolicy = {
  poison: { warnAt: null, blockAt: 1 },
  health_state: { warnAt: 1, blockAt: 2 },
  life_used: { warnAt: 95, blockAt: null },
  spares: { warnAt: 10, blockAt: null },
  alarms: { warnAt: 1, blockAt: null },
  dirty_shutdowns: { warnAt: null, blockAt: null },
  firmware_flags: { warnAt: 1, blockAt: null },
  link_errors: { warnAt: 1, blockAt: null },
  region_state: { warnAt: 1, blockAt: null },
  unreadable: { warnAt: 1, blockAt: null },
}
