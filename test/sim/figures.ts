import { type Policy, policySchema } from '@/server/rollouts/policy'
import { Random } from '../support/random'

/** How often each kind of fault is met while the storm lasts: a share of the calls it may hit, 0 for never. */
export interface Faults {
  workerDies: number
  workerStands: number
  /** Asked to end, in order. */
  workerStops: number
  agentDies: number
  agentStands: number
  databaseAway: number
  lineCut: number
  lineSilent: number
  lineSlow: number
  slowSudo: number
  slowWrite: number
  wakeUpLost: number
  wakeUpTwice: number
  /** Before a call of an agent to its host. */
  restarts: number
  /** Before a line of a channel. */
  networkAway: number
  /** Before or after a call of a worker to the database. */
  clicks: number
  /** Mean pause between two of them, in seconds; 0: none. */
  driftEverySeconds: number
}

/** What one seed stands for. */
export interface Figures {
  hosts: { devices: number; systemd: boolean; renumbers: boolean; loadable: boolean; rack: string }[]
  workers: number
  policy: Policy
  faults: Faults
  stormSeconds: number
  unknownDeadlineSeconds: number
}

function anyPolicy(random: Random): Policy {
  const limit = () => ({
    count: random.next() < 0.5 ? null : random.whole(0, 2),
    percent: random.next() < 0.6 ? null : random.whole(0, 60),
  })
  const limits = () => ({ hosts: limit(), devices: limit() })
  return policySchema.parse({
    canaryHosts: random.whole(0, 1),
    waves: [{ hosts: random.whole(1, 3) }],
    maxInFlightHosts: random.whole(1, 4),
    spreadByLabel: random.next() < 0.3 ? 'rack' : null,
    soakSeconds: random.next() < 0.5 ? 0 : random.whole(1, 120),
    failures: { perWave: limits(), inAll: limits() },
    startWindow: null,
    perHostDeadlineSeconds: random.pick([
      { value: 3600, weight: 3 },
      { value: random.whole(60, 600), weight: 1 },
    ]),
    retries: random.whole(0, 2),
  })
}

/** Most seeds know few kinds of faults, some none, some all: each kind is met alone and beside every other. */
function anyFaults(random: Random): Faults {
  const spice = random.pick([
    { value: 0, weight: 1 },
    { value: 0.25, weight: 5 },
    { value: 0.6, weight: 3 },
    { value: 1, weight: 1 },
  ])
  const some = (most: number) => (random.next() < spice ? random.next() * most : 0)
  const every = (least: number, most: number) => (random.next() < spice ? random.whole(least, most) : 0)
  return {
    workerDies: some(0.02),
    workerStands: some(0.01),
    workerStops: some(0.005),
    agentDies: some(0.004),
    agentStands: some(0.002),
    databaseAway: some(0.03),
    lineCut: some(0.03),
    lineSilent: some(0.02),
    lineSlow: some(0.02),
    slowSudo: some(0.3),
    slowWrite: some(0.3),
    wakeUpLost: some(0.3),
    wakeUpTwice: some(0.3),
    restarts: some(0.001),
    networkAway: some(0.02),
    clicks: some(0.03),
    driftEverySeconds: every(10, 300),
  }
}

/** The same seed draws the same figures. */
export function drawFigures(seed: number): Figures {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ 0x51ed270b)
  const racks = random.whole(1, 2)
  const count = random.pick([
    { value: 1, weight: 3 },
    { value: 2, weight: 4 },
    { value: 3, weight: 2 },
    { value: 4, weight: 1 },
  ])
  const hosts = Array.from({ length: count }, () => ({
    devices: random.next() < 0.7 ? 1 : 2,
    systemd: random.next() < 0.5,
    renumbers: random.next() < 0.3,
    loadable: random.next() < 0.3,
    rack: `r${random.whole(1, racks)}`,
  }))
  return {
    hosts,
    workers: random.whole(1, 3),
    policy: anyPolicy(random),
    faults: anyFaults(random),
    stormSeconds: random.whole(30, 900),
    unknownDeadlineSeconds: random.pick([
      { value: 3600, weight: 3 },
      { value: random.whole(60, 600), weight: 1 },
    ]),
  }
}
