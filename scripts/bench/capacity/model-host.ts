import type { Sample } from '@/server/capacity/sample'
import { deviceKey, hostKey, nodeKey } from '@/server/capacity/series-keys'
import type { Tier } from '@/server/capacity/vocabulary'
import { Chance } from './chance'
import { EVERY_SECONDS, type Scenario } from './scenarios'

const GIB = 1 << 20
const MIB = 1 << 10
const EVERY_MS = EVERY_SECONDS * 1000
const DAY_MS = 86_400_000

/** A host that nobody has: how much memory, how restless, when converted, when away. All sizes in KiB. */
export class ModelHost {
  readonly name: string
  readonly labels: Record<string, string>
  readonly tier: Exclude<Tier, 'dram'>
  readonly dramKib: number
  readonly deviceKib: number
  /** Of the device, what no conversion yields. */
  readonly lostKib: number
  /** When it was converted; infinite for one that never is. */
  readonly convertedAtMs: number
  readonly restlessKib: number
  private readonly chance: Chance

  constructor(
    readonly index: number,
    scenario: Scenario,
    private readonly beginMs: number,
    readonly endMs: number,
  ) {
    this.chance = new Chance(index * 7919 + 1)
    const { chance } = this
    this.name = `node-${String(index).padStart(5, '0')}`
    this.labels = {
      rack: `r${String(Math.floor(index / 40) + 1).padStart(3, '0')}`,
      site: chance.of(['ams', 'fra', 'osl']),
      role: chance.of(['cache', 'database', 'compute', 'compute']),
    }
    this.tier = chance.of(['pmem', 'pmem', 'cxl', 'cxl', 'hbm'] as const)
    this.dramKib = chance.of([256, 512, 1024]) * GIB
    this.deviceKib = chance.of([128, 256, 512]) * GIB
    this.lostKib = chance.of([0, 126, 254]) * MIB
    // A third of those that are converted were so before.
    const drawn = chance.next() / scenario.converted
    this.convertedAtMs =
      drawn > 1 ? Number.POSITIVE_INFINITY : beginMs + (drawn * 1.5 - 0.5) * (endMs - beginMs)
    this.restlessKib = chance.of([1, 8, 32, 96]) * MIB
  }

  /** Its readings from the beginning to the end, with noise, jumps, reboots and silence. */
  *samples(): Generator<Sample> {
    const { chance } = this
    let usedKib = this.dramKib * (0.2 + 0.5 * chance.next())
    let cacheKib = this.dramKib * 0.1
    for (
      let atMs = this.beginMs + Math.floor(chance.next() * EVERY_MS);
      atMs < this.endMs;
      atMs += EVERY_MS
    ) {
      const away = chance.next()
      // Once in ten days a reboot, once in twenty a network that is away.
      if (away < EVERY_MS / (10 * DAY_MS)) atMs += 240_000
      else if (away < EVERY_MS / (7 * DAY_MS)) atMs += 600_000 + chance.next() * 3_000_000
      // A few times a day something large begins or ends.
      if (chance.next() < EVERY_MS / (DAY_MS / 6)) usedKib = this.dramKib * (0.1 + 0.7 * chance.next())
      usedKib = within(usedKib + chance.noise() * this.restlessKib, this.dramKib * 0.05, this.dramKib * 0.85)
      cacheKib = within(
        cacheKib + chance.noise() * this.restlessKib * 0.2,
        this.dramKib * 0.01,
        this.dramKib * 0.12,
      )
      const moment = Math.floor(atMs + chance.noise() * 20)
      if (moment < this.endMs) yield { atMs: moment, values: this.valuesAt(moment, usedKib, cacheKib) }
    }
  }

  private valuesAt(atMs: number, usedKib: number, cacheKib: number): Map<number, number> {
    const isConverted = atMs >= this.convertedAtMs
    const online = isConverted ? this.deviceKib - this.lostKib : 0
    const dramFree = pages(this.dramKib - usedKib - cacheKib)
    const free = dramFree + (isConverted ? pages(online * 0.6) : 0)
    const values = new Map([
      [hostKey('total'), this.dramKib + online],
      [hostKey('free'), free],
      [hostKey('available'), free + pages(cacheKib * 0.9)],
      [nodeKey(0, 'total'), this.dramKib],
      [nodeKey(0, 'free'), dramFree],
      [nodeKey(1, 'total'), online],
      [nodeKey(1, 'free'), free - dramFree],
      [deviceKey(0, 'movable'), online],
    ])
    if (isConverted) values.set(hostKey(this.tier), online)
    else values.set(hostKey('convertible'), this.deviceKib - this.lostKib)
    if (this.lostKib > 0) values.set(hostKey('lost'), this.lostKib)
    return values
  }
}

/** The kernel counts in pages of 4 KiB. */
const pages = (kib: number) => Math.floor(kib / 4) * 4
const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value))
