import type { AuditEntryView } from '@/server/audit/schema'
import { jobCauseWords } from './cause-words'
import { formatBytes, plural } from './format'

/** Subjects as the pages call them. */
const KINDS: Readonly<Record<string, string>> = {
  job: 'run',
  credential: 'key',
  user: 'account',
  installation: 'Daxfleet',
}

export function kindWord(subjectKind: string): string {
  return KINDS[subjectKind] ?? subjectKind
}

/** `host.key_trusted` → `host key trusted`, `job.approved` → `run approved`. */
export function actionWords(action: string): string {
  const [kind = '', ...verb] = action.split('.')
  return `${kindWord(kind)} ${verb.join(' ').replaceAll('_', ' ')}`.trim()
}

/** Who did it. A worker's name is `host:pid:random`, of which people need the first. */
export function actorWords({ actorKind, actorId }: Pick<AuditEntryView, 'actorKind' | 'actorId'>): string {
  if (actorKind === 'user') return actorId
  if (actorKind === 'system') return 'Daxfleet itself'
  const [host, pid] = actorId.split(':')
  return pid === undefined ? `worker ${actorId}` : `worker on ${host}`
}

/** Ids and names that another column shows as what they are, or that say nothing to a person. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  ...['name', 'daxName', 'deviceId', 'planId', 'hostId', 'hostIds', 'itemId', 'email', 'from', 'to'],
])
const SHORT_DIGEST = 12
const ZONES: Readonly<Record<string, string>> = {
  movable: 'zone Movable',
  kernel: 'zone Normal',
  policy: 'zone by host policy',
}

const KINDS_SAID: Readonly<Record<string, string>> = {
  restore: 'give back',
  persist: 'keep over reboots',
  unpersist: 'stop keeping over reboots',
  online: 'bring a share online',
  offline: 'give a share back',
}

/** How each thing an entry may tell is said; what is not listed is said by its own name. */
const SAID: Readonly<Record<string, (text: string) => string>> = {
  message: (text) => text,
  why: (text) => text,
  refused: (text) => `refused: ${text}`,
  causeCode: jobCauseWords,
  cause: jobCauseWords,
  reason: (text) => (/^[a-z]+(_[a-z]+)+$/.test(text) ? jobCauseWords(text) : text),
  digest: (text) => `digest ${text.slice(0, SHORT_DIGEST)}`,
  epoch: (text) => `epoch ${text}`,
  direction: (text) => (text === 'back' ? 'back to how it was' : 'on to the end'),
  state: (text) => `run ${stateWord(text)}`,
  phrase: (text) => `typed “${text}”`,
  selector: (text) => `selector “${text}”`,
  rolloutId: () => 'as part of a rollout',
  kind: (text) => KINDS_SAID[text] ?? text,
  shareBytes: (text) => formatBytes(BigInt(text)),
  blocks: (text) => `blocks ${text}`,
  setting: (text) => text,
  read_back: (text) => `read back: ${text}`,
  onPartial: (text) => (text === 'leave' ? 'a part may stay offline' : 'a part comes back online'),
  zone: (text) => ZONES[text] ?? `zone ${text}`,
  username: (text) => `user ${text}`,
  credential: (text) => `key ${text}`,
  credentialId: () => 'another key',
  machineId: (text) => `machine ${text}`,
  before: (text) => `before: ${text}`,
  hosts: (text) => plural(Number(text), 'host'),
  devices: (text) => plural(Number(text), 'device'),
  inFlight: (text) => `${text} in flight`,
  wave: (text) => `wave ${Number(text) + 1}`,
  retriesUsed: (text) => `retry ${text}`,
}
const AS_IT_IS: ReadonlySet<string> = new Set(['algorithm', 'fingerprint'])

/** An entry's detail in one line: `ready → unreachable · It did not answer.` The codes themselves are on hover. */
export function detailWords(detail: Readonly<Record<string, unknown>>): string {
  const { from, to, ...rest } = detail
  const move =
    typeof to !== 'string'
      ? []
      : typeof from === 'string'
        ? [`${stateWord(from)} → ${stateWord(to)}`]
        : [stateWord(to)]
  const said = Object.entries(rest)
    .filter(([key, value]) => !ELSEWHERE.has(key) && value !== '' && value !== null)
    .map(([key, value]) => partWords(key, textOf(value)))
  return [...move, ...said].join(' · ')
}

function partWords(key: string, text: string): string {
  if (AS_IT_IS.has(key)) return text
  const say = SAID[key]
  return say ? say(text) : `${key.replaceAll('_', ' ')} ${text}`
}

/** `system_ram` → `system RAM` */
function stateWord(state: string): string {
  return state.replaceAll('_', ' ').replace(/\bram\b/, 'RAM')
}

/** `{"rack":"r12"}` → `rack=r12` */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value)
  return Object.entries(value)
    .map(([key, each]) => `${key}=${textOf(each)}`)
    .join(' ')
}
