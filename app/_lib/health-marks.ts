import type { DeviceHealthState } from '@/server/health-policy/vocabulary'
import type { Mark } from './states'

/** What the policy makes of a device's health, as a mark. */
export const HEALTH_MARKS: Readonly<Record<DeviceHealthState, Mark>> = {
  unknown: { tone: 'skip', word: 'Unknown' },
  ok: { tone: 'ok', word: 'Healthy' },
  warn: { tone: 'warn', word: 'Warns' },
  block: { tone: 'fail', word: 'Blocked' },
}
