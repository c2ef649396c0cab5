import { ON_PARTIAL, type OnPartial } from '@/agents/protocol'
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
  /** After a write that took a block offline: somebody's rule brings one online again. */
  broughtBack: number
  /** Before a call of an agent: programs take memory, or let go of it. */
  pressure: number
  /** Mean pauses again: kmem is unbound behind our back, somebody's hand on a block, a page that cannot be moved. */
  unboundEverySeconds: number
  handEverySeconds: number
  pinEverySeconds: number
}

/** What a giving back is asked with; floors in percent of what would be left with all of it given back. */
export interface GivingBack {
  onPartial: OnPartial
  offlineSeconds: number
  hostFloorPercent: number
  fleetFloorPercent: number
}

/** What one seed stands for. */
export interface Figures {
  kind: 'convert' | 'restore'
  givingBack: GivingBack
  hosts: {
    devices: number
    systemd: boolean
    renumbers: boolean
    loadable: boolean
    rack: string
    /** Of CXL on Linux 6.12, whose memory is kmem's own; else pmem on 6.1. */
    cxl: boolean
    /** It was daxctl that converted it: its id is in kmem's list. */
    byDaxctl: boolean
    /** Its blocks are in the kernel's own zone. */
    kernelZone: boolean
    /** Blocks that will not come online again once they are offline, of all devices, counted from 0. */
    refusing: number[]
    offlineBefore: number[]
  }[]
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

/** Of the seeds; the others convert. */
const restoreShare = 0.45

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
    ...noHands,
  }
}

const noHands = {
  broughtBack: 0,
  pressure: 0,
  unboundEverySeconds: 0,
  handEverySeconds: 0,
  pinEverySeconds: 0,
}

/** What only a giving back has to fear. */
function anyHands(random: Random): typeof noHands {
  const spice = random.pick([
    { value: 0, weight: 3 },
    { value: 0.4, weight: 4 },
    { value: 0.8, weight: 2 },
  ])
  const some = (most: number) => (random.next() < spice ? random.next() * most : 0)
  const every = (least: number, most: number) => (random.next() < spice ? random.whole(least, most) : 0)
  return {
    broughtBack: some(0.3),
    pressure: some(0.05),
    unboundEverySeconds: every(60, 600),
    handEverySeconds: every(30, 300),
    pinEverySeconds: every(5, 120),
  }
}

function anyGivingBack(random: Random): GivingBack {
  const percent = () =>
    random.pick([
      { value: 0, weight: 2 },
      { value: random.whole(50, 100), weight: 3 },
    ])
  return {
    onPartial: random.pick(ON_PARTIAL.map((value) => ({ value, weight: 1 }))),
    offlineSeconds: random.pick([
      { value: 60, weight: 3 },
      { value: random.whole(1, 300), weight: 1 },
    ]),
    hostFloorPercent: percent(),
    fleetFloorPercent: percent(),
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
  // A stream of its own: what conversions meet does not hang on what giving back is made of.
  const ofKind = new Random(Math.imul(seed, 0x85ebca6b) ^ 0x27d4eb2f)
  const kind = ofKind.next() < restoreShare ? ('restore' as const) : ('convert' as const)
  const someBlocks = (share: number) =>
    [0, 1, 2, 3, 4, 5].filter(() => kind === 'restore' && ofKind.next() < share)
  const hosts = Array.from({ length: count }, () => ({
    cxl: kind === 'restore' && ofKind.next() < 0.3,
    byDaxctl: kind === 'restore' && ofKind.next() < 0.3,
    kernelZone: kind === 'restore' && ofKind.next() < 0.15,
    refusing: someBlocks(0.04),
    offlineBefore: someBlocks(0.06),
    devices: random.next() < 0.7 ? 1 : 2,
    systemd: random.next() < 0.5,
    renumbers: random.next() < 0.3,
    loadable: random.next() < 0.3,
    rack: `r${random.whole(1, racks)}`,
  }))
  const hands = kind === 'restore' ? anyHands(ofKind) : noHands
  return {
    kind,
    givingBack: anyGivingBack(ofKind),
    hosts,
    workers: random.whole(1, 3),
    policy: anyPolicy(random),
    faults: { ...anyFaults(random), ...hands },
    stormSeconds: random.whole(30, 900),
    unknownDeadlineSeconds: random.pick([
      { value: 3600, weight: 3 },
      { value: random.whole(60, 600), weight: 1 },
    ]),
  }
}
