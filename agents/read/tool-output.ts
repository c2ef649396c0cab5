import { HEALTH_STATES, type HealthFact } from '../protocol'

/**
 * What the host's own ndctl and cxl print of health, as facts. Their output is no more to be trusted than anything else
 * of a host: numbers are bounded, and words are ours.
 */

const MOST_DEPTH = 8
const MOST_OBJECTS = 10_000
const MOST = 1_000_000_000

type Fields = Record<string, unknown>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every object in the output that has a name under `key`, wherever the tool's version nests it; null where it is no JSON. */
function objectsNamed(text: string, key: string): Map<string, Fields> | null {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    return null
  }
  const found = new Map<string, Fields>()
  let looked = 0
  const look = (value: unknown, depth: number) => {
    if (depth > MOST_DEPTH || looked++ > MOST_OBJECTS || typeof value !== 'object' || value === null) return
    if (isFields(value)) {
      const name = value[key]
      if (typeof name === 'string') found.set(name, { ...found.get(name), ...value })
    }
    for (const inner of Object.values(value)) look(inner, depth + 1)
  }
  look(root, 0)
  return found
}

function numberOf(value: unknown): number | null {
  if (typeof value !== 'number' || !(value >= 0)) return null
  return value < MOST ? Math.floor(value) : MOST
}

/** Facts of one thing, in their order; what was not told is left out. */
class Facts {
  readonly all: HealthFact[] = []

  constructor(
    private readonly of: string,
    private readonly source: string,
  ) {}

  add(fact: HealthFact['fact'], value: number | null, detail = ''): void {
    if (value !== null) this.all.push({ fact, of: this.of, value, detail, source: this.source })
  }

  /** How many of them are raised, where any of them was told. */
  count(fact: HealthFact['fact'], told: [string, boolean][]): void {
    const raised = told.flatMap(([name, isRaised]) => (isRaised ? [name] : []))
    if (told.length > 0) this.add(fact, raised.length, raised.join(', '))
  }
}

const ALARMS = ['alarm_temperature', 'alarm_controller_temperature', 'alarm_spares']

/** `ndctl list -DH`: SMART of each DIMM, by its name. A DIMM that tells nothing has no facts. Null: it is no such list. */
export function dimmFacts(text: string, source: string): Map<string, HealthFact[]> | null {
  const dimms = objectsNamed(text, 'dev')
  if (dimms === null) return null
  const facts = new Map<string, HealthFact[]>()
  for (const [name, { health }] of dimms) {
    if (!isFields(health)) continue
    const own = new Facts(name, source)
    const state = (HEALTH_STATES as readonly unknown[]).indexOf(health.health_state)
    if (state >= 0) own.add('health_state', state, HEALTH_STATES[state])
    own.add('life_used', numberOf(health.life_used_percentage))
    own.add('spares', numberOf(health.spares_percentage))
    own.count(
      'alarms',
      ALARMS.flatMap((key): [string, boolean][] => {
        const raised = health[key]
        return typeof raised === 'boolean' ? [[key.replace('alarm_', '').replace('_', ' '), raised]] : []
      }),
    )
    const last = health.shutdown_state === 'dirty' ? 'the last one was dirty' : ''
    own.add('dirty_shutdowns', numberOf(health.shutdown_count), last)
    facts.set(name, own.all)
  }
  return facts
}

/** What CXL tells of a device and its media (CXL 3.1, 8.2.9.9.3.1), by place in HEALTH_STATES. What is lost at power-off never was kept of RAM. */
const CXL_STATES: [string, number][] = [
  ['maintenance_needed', 1],
  ['performance_degraded', 1],
  ['hw_replacement_needed', 2],
  ['media_not_ready', 3],
  ['media_persistence_lost', 1],
  ['media_data_lost', 3],
  ['media_powerloss_persistence_loss', 1],
  ['media_shutdown_persistence_loss', 1],
  ['media_persistence_loss_imminent', 1],
  ['media_powerloss_data_loss', 1],
  ['media_shutdown_data_loss', 1],
  ['media_data_loss_imminent', 2],
]
const CXL_ALARMS = ['ext_life_used', 'ext_temperature', 'ext_corrected_volatile', 'ext_corrected_persistent']

function memdevFacts(health: Fields, own: Facts): void {
  const told = CXL_STATES.filter(([key]) => typeof health[key] === 'boolean')
  if (told.length > 0) {
    const raised = told.filter(([key]) => health[key] === true)
    const worst = raised.reduce((most, [, state]) => Math.max(most, state), 0)
    const words = raised.map(([key]) => key.replace(/_/g, ' ')).join(', ')
    own.add('health_state', worst, words === '' ? HEALTH_STATES[0] : words)
  }
  own.add('life_used', numberOf(health.life_used_percent))
  own.count(
    'alarms',
    CXL_ALARMS.flatMap((key): [string, boolean][] => {
      const level = health[key]
      const name = key.replace('ext_', '').replace(/_/g, ' ')
      return typeof level === 'string' ? [[name, level !== 'normal']] : []
    }),
  )
  own.add('dirty_shutdowns', numberOf(health.dirty_shutdowns))
}

/** `cxl list -MH`: health of each memory device, by its name. One that tells nothing has no facts. */
export function cxlFacts(text: string, source: string): Map<string, HealthFact[]> | null {
  const memdevs = objectsNamed(text, 'memdev')
  if (memdevs === null) return null
  const facts = new Map<string, HealthFact[]>()
  for (const [name, { health }] of memdevs) {
    const own = new Facts(name, source)
    if (isFields(health)) memdevFacts(health, own)
    if (own.all.length > 0) facts.set(name, own.all)
  }
  return facts
}

/** `cxl list -r regionN -L`: how many places of each region are poisoned; cxl leaves the list out where there is none. */
export function poisonFacts(text: string, source: string): Map<string, HealthFact[]> | null {
  const regions = objectsNamed(text, 'region')
  if (regions === null) return null
  const facts = new Map<string, HealthFact[]>()
  for (const [name, { media_errors: errors = [] }] of regions) {
    const own = new Facts(name, source)
    if (Array.isArray(errors)) own.add('poison', errors.length)
    facts.set(name, own.all)
  }
  return facts
}
