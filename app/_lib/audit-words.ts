import type { AuditEntryView } from '@/server/audit/schema'

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

/** Ids and names that another column shows as what they are. */
const ELSEWHERE: ReadonlySet<string> = new Set(['name', 'daxName', 'deviceId', 'planId', 'hostId'])
const SHORT_DIGEST = 12

/** An entry's detail in one line: `new → ready  message=…`. */
export function detailWords(detail: Readonly<Record<string, unknown>>): string {
  const { from, to, ...rest } = detail
  const move = typeof from === 'string' && typeof to === 'string' ? [`${from} → ${to}`] : []
  const pairs = Object.entries(rest)
    .filter(([key, value]) => !ELSEWHERE.has(key) && value !== '' && value !== null)
    .map(([key, value]) => `${key}=${key === 'digest' ? shortDigest(value) : textOf(value)}`)
  return [...move, ...pairs].join('  ')
}

function shortDigest(value: unknown): string {
  return textOf(value).slice(0, SHORT_DIGEST)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
