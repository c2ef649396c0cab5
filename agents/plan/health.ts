import {
  type DaxDevice,
  type Hazard,
  HEALTH_STATES,
  type HealthFact,
  type HealthPolicy,
  healthFindings,
  healthLevel,
  type JudgedHealth,
  type Refusal,
} from '../protocol'

/** More than this is not read by anybody. */
const MOST_TOLD = 20

/** A fact in words, with its figure and its source. */
function factText({ fact, of, value, detail, source }: HealthFact): string {
  const more = detail === '' ? '' : `, ${detail}`
  switch (fact) {
    case 'bad_blocks':
      return `${of} has ${value} bad sectors (${source})`
    case 'poison':
      return `${of} has ${value} poisoned places (${source})`
    case 'health_state':
      return `${of} is ${HEALTH_STATES[value] ?? 'unknown'}${detail === HEALTH_STATES[value] ? '' : more} (${source})`
    case 'life_used':
      return `${value} % of the life of ${of} are used (${source})`
    case 'spares':
      return `${of} has ${value} % of its spares left (${source})`
    case 'alarms':
      return `${of} raises ${value} alarms${more} (${source})`
    case 'dirty_shutdowns':
      return `${of} was shut down dirty ${value} times${more} (${source})`
    case 'firmware_flags':
      return `the firmware flags ${of}: ${detail} (${source})`
    case 'link_errors':
      return `the link of ${of} had ${value} errors, ${detail} (${source})`
    case 'region_state':
      return `${of} is ${detail} (${source})`
    case 'unreadable':
      return `the health of ${of} could not be read: ${detail}`
  }
}

const NEXT: Record<HealthFact['fact'], string> = {
  bad_blocks: 'Clear or replace the media first (ndctl list -M, ndctl clear-errors).',
  poison: 'Clear the poison or replace the device (cxl list -L shows where it is).',
  health_state: 'Have the device looked at or replaced.',
  life_used: 'Replace the device.',
  spares: 'Replace the device.',
  alarms: 'Look at cooling and at the device.',
  dirty_shutdowns: 'Look at the power of the host and at the device.',
  firmware_flags: 'Look at the firmware’s log of this DIMM.',
  link_errors: 'Look at slot and card of the device.',
  region_state: 'Look at the region (cxl list -R).',
  unreadable: 'Install ndctl or cxl on the host, or run the agent as root.',
}

const begin = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

/**
 * The device's health by the policy: what is not in order, why it may not be converted, what its approver should mind.
 * Bad blocks are none of a policy's: mediaRefusal speaks of them.
 */
export function judgeHealth(
  device: DaxDevice,
  policy: HealthPolicy,
): { refusals: Refusal[]; hazards: Hazard[] } {
  const judged = device.health.filter(({ fact }) => fact !== 'bad_blocks')
  const of = (level: 'warn' | 'block') =>
    judged.filter((fact) => healthLevel(fact, policy) === level).slice(0, MOST_TOLD)
  return {
    refusals: of('block').map((fact) => ({
      code: 'unhealthy',
      message: `${begin(factText(fact))}: the health policy lets no such device become RAM.`,
      next: `${NEXT[fact.fact]} Or have an admin change the health policy in Settings.`,
    })),
    hazards: of('warn').map((fact) => ({ code: 'health', message: `${begin(factText(fact))}.` })),
  }
}

/** As an item holds it: nothing without a policy. */
export function judgedHealth(
  { health }: DaxDevice,
  policy: HealthPolicy | undefined,
): { health?: JudgedHealth } {
  return policy === undefined ? {} : { health: { policy, found: healthFindings(health, policy) } }
}
