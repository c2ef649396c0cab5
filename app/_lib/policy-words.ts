import type { FailureLimit, Policy, StartWindow } from '@/server/rollouts/policy'
import { plural } from './format'
import { formatTimeSpan } from './time-span'
import { waveSizeWords } from './wave-sizes'

/** What a policy means, one sentence a matter, in the order things happen. */
export function policySentences(policy: Policy): string[] {
  return [
    wavesSentence(policy),
    ...(policy.spreadByLabel === null
      ? []
      : [`No wave takes all hosts of one ${policy.spreadByLabel}, where it has more than one.`]),
    policy.soakSeconds === 0
      ? 'After each wave every host that came out well is read again; the next wave begins only if all are as they were left.'
      : `After each wave it waits ${formatTimeSpan(policy.soakSeconds)}, then reads every host that came out well again before the next wave begins.`,
    failuresSentence(policy.failures),
    `A host that takes longer than ${formatTimeSpan(policy.perHostDeadlineSeconds)} is asked to stop and counts as failed.`,
    policy.retries === 0
      ? 'What fails is not tried again by itself.'
      : `A fault on the way to a host, before anything is written, is tried again ${policy.retries === 1 ? 'once' : `up to ${policy.retries} times`}.`,
    policy.startWindow === null
      ? 'Hosts may be started at any time.'
      : `Hosts are started only ${windowWords(policy.startWindow)}; those in flight then come to their end.`,
  ]
}

function wavesSentence({ canaryHosts, waves, maxInFlightHosts }: Policy): string {
  const sizes = waves.map(waveSizeWords)
  const last = waves.at(-1)
  const ends = last !== undefined && 'percent' in last && last.percent === 100
  const list =
    ends || sizes.length === 0
      ? sizes
      : [...sizes.slice(0, -1), `${sizes.at(-1)} at a time until all are done`]
  const all = ends && sizes.length === 1 ? 'all others at once' : list.join(', then ')
  const first =
    canaryHosts === 0 ? `Without a canary: ${all}` : `${plural(canaryHosts, 'host')} first, then ${all}`
  return `${first}; at most ${plural(maxInFlightHosts, 'host')} in flight.`
}

function failuresSentence({ perWave, inAll }: Policy['failures']): string {
  const limits = [
    limitWords(perWave.hosts, 'host', 'of a wave'),
    limitWords(perWave.devices, 'device', 'of a wave'),
    limitWords(inAll.hosts, 'host', 'in all'),
    limitWords(inAll.devices, 'device', 'in all'),
  ].filter((words) => words !== null)
  if (limits.length === 0)
    return 'No number of failures stops it: only a wave in which nothing comes out well does.'
  const none = limits.some((words) => words.startsWith('any '))
  return `It stops when ${limits.join(', or ')} ${none && limits.length === 1 ? 'fails' : 'fail'}.`
}

/** More than this is too many; the smaller of the two decides. */
function limitWords({ count, percent }: FailureLimit, one: string, where: string): string | null {
  if (count === 0 || percent === 0) return `any ${one} ${where}`
  if (count !== null && percent !== null)
    return `more than ${plural(count, one)} or ${percent} % of the ${one}s ${where}`
  if (count !== null) return `more than ${plural(count, one)} ${where}`
  return percent === null ? null : `more than ${percent} % of the ${one}s ${where}`
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export const DAY_WORDS: Readonly<Record<(typeof DAYS)[number], string>> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
}

/** `Mon–Fri from 22:00 to 05:00 the next day (Europe/Berlin)` */
export function windowWords({ days, from, until, timeZone }: StartWindow): string {
  const next = until <= from ? ' the next day' : ''
  return `${daysWords(days)} from ${from} to ${until}${next} (${timeZone})`
}

function daysWords(days: StartWindow['days']): string {
  const at = DAYS.flatMap((day, index) => (days.includes(day) ? [index] : []))
  if (at.length === 7) return 'every day'
  const [first = 0] = at
  const last = at.at(-1) ?? first
  const runs = at.length > 2 && last - first === at.length - 1
  const named = (index: number) => DAY_WORDS[DAYS[index] ?? 'mon']
  return runs ? `${named(first)}–${named(last)}` : at.map(named).join(', ')
}
