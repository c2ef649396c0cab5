import { z } from 'zod'

const whole = (least: number, most: number) => z.number().int().min(least).max(most)
const percentSchema = z.number().gt(0).max(100)

/** Of a wave, or of the whole list: so many hosts, or so many in a hundred of the frozen list. */
const waveSizeSchema = z.union([
  z.strictObject({ hosts: whole(1, 100_000) }),
  z.strictObject({ percent: percentSchema }),
])
export type WaveSize = z.infer<typeof waveSizeSchema>

/** How many may fail; the smaller of the two decides. Null: not limited by it. */
const failureLimitSchema = z.strictObject({
  count: whole(0, 100_000).nullable().default(null),
  percent: z.number().min(0).max(100).nullable().default(null),
})
export type FailureLimit = z.infer<typeof failureLimitSchema>

const unlimited = { count: null, percent: null }
const limitsSchema = z.strictObject({
  hosts: failureLimitSchema.default(unlimited),
  devices: failureLimitSchema.default(unlimited),
})

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const timeOfDaySchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time of day looks like 22:30.')

/** When hosts may be started. `until` before `from` reaches into the next day; the day is that of `from`. */
const startWindowSchema = z.strictObject({
  timeZone: z.string().refine(isTimeZone, 'This is no time zone; one looks like Europe/Berlin.'),
  days: z.array(z.enum(weekdays)).min(1).max(7),
  from: timeOfDaySchema,
  until: timeOfDaySchema,
})
export type StartWindow = z.infer<typeof startWindowSchema>

/**
 * How a rollout goes about it. Everything here is part of what people approve. Canary, waves and in-flight count
 * hosts, since a host is what breaks.
 */
export const policySchema = z.strictObject({
  /** Hosts of the first wave; 0: no canary. */
  canaryHosts: whole(0, 1000).default(1),
  /** The waves after the canary; the last size is repeated until no host is left. */
  waves: z
    .array(waveSizeSchema)
    .min(1)
    .max(100)
    .default([{ percent: 100 }]),
  maxInFlightHosts: whole(1, 1000).default(16),
  /** Never all hosts of one value of this label in a wave. */
  spreadByLabel: z.string().min(1).max(63).nullable().default(null),
  /** Pause after each wave, before its hosts are looked at again. */
  soakSeconds: whole(0, 7 * 86_400).default(600),
  failures: z.strictObject({ perWave: limitsSchema, inAll: limitsSchema }).default({
    perWave: { hosts: { count: null, percent: 20 }, devices: unlimited },
    inAll: { hosts: { count: null, percent: 10 }, devices: unlimited },
  }),
  startWindow: startWindowSchema.nullable().default(null),
  /** From the start of a host's first device. Then what runs is asked to stop, and the host has failed. */
  perHostDeadlineSeconds: whole(60, 7 * 86_400).default(3600),
  /** How often a device is started again after a fault of the way to its host, before anything was written. */
  retries: whole(0, 10).default(1),
})
export type Policy = z.infer<typeof policySchema>

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** Whether hosts may be started at this moment. Without a window they always may. */
export function isWindowOpen(window: StartWindow | null, nowMs: number): boolean {
  if (window === null) return true
  const { day, minute } = localTime(window.timeZone, nowMs)
  const from = minuteOf(window.from)
  const until = minuteOf(window.until)
  const within = (on: number) => window.days.some((name) => weekdays.indexOf(name) === on)
  if (from < until) return within(day) && minute >= from && minute < until
  return (within(day) && minute >= from) || (within((day + 6) % 7) && minute < until)
}

function localTime(timeZone: string, nowMs: number): { day: number; minute: number } {
  let clock = clocks.get(timeZone)
  if (clock === undefined) {
    const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
    clock = new Intl.DateTimeFormat('en-GB', { ...parts, timeZone })
    clocks.set(timeZone, clock)
  }
  const parts = new Map(clock.formatToParts(nowMs).map(({ type, value }) => [type, value]))
  const named = parts.get('weekday')?.toLowerCase() ?? ''
  const day = (weekdays as readonly string[]).indexOf(named)
  return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) }
}

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return hour * 60 + minute
}
