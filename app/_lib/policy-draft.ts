import type { FailureLimit, Policy, StartWindow } from '@/server/rollouts/policy'
import { formatCount } from './format'
import { formatTimeSpan, parseTimeSpan } from './time-span'
import { parseWaveSizes, waveSizesText } from './wave-sizes'

/** A policy as it is typed: every field text, until it reads as a policy. */
export interface PolicyDraft {
  canaryHosts: string
  waves: string
  maxInFlightHosts: string
  spreadByLabel: string
  soak: string
  deadline: string
  retries: string
  limits: Record<LimitKey, string>
  window: StartWindow | null
}

/** Of a wave or in all, of hosts or devices, as a number or a share. Empty: no limit. */
export const LIMIT_KEYS = [
  'perWave.hosts.count',
  'perWave.hosts.percent',
  'perWave.devices.count',
  'perWave.devices.percent',
  'inAll.hosts.count',
  'inAll.hosts.percent',
  'inAll.devices.count',
  'inAll.devices.percent',
] as const
export type LimitKey = (typeof LIMIT_KEYS)[number]
export type PolicyField = Exclude<keyof PolicyDraft, 'limits'> | LimitKey
export type PolicyFaults = Partial<Record<PolicyField, string>>

const WEEK_SECONDS = 7 * 86_400

export function draftOf(policy: Policy): PolicyDraft {
  const limitText = (key: LimitKey) => String(limitAt(policy, key) ?? '')
  return {
    canaryHosts: String(policy.canaryHosts),
    waves: waveSizesText(policy.waves),
    maxInFlightHosts: String(policy.maxInFlightHosts),
    spreadByLabel: policy.spreadByLabel ?? '',
    soak: formatTimeSpan(policy.soakSeconds),
    deadline: formatTimeSpan(policy.perHostDeadlineSeconds),
    retries: String(policy.retries),
    limits: Object.fromEntries(LIMIT_KEYS.map((key) => [key, limitText(key)])) as Record<LimitKey, string>,
    window: policy.startWindow,
  }
}

function limitAt({ failures }: Policy, key: LimitKey): number | null {
  const [scope, of, unit] = key.split('.') as ['perWave' | 'inAll', 'hosts' | 'devices', 'count' | 'percent']
  return failures[scope][of][unit]
}

/** The policy, or what is wrong with each field. Null while a field is wrong. */
export function readDraft(draft: PolicyDraft): { policy: Policy | null; faults: PolicyFaults } {
  const faults: PolicyFaults = {}
  const note = <T>(field: PolicyField, read: T | string): T | null => {
    if (typeof read !== 'string') return read
    faults[field] = read
    return null
  }
  const limit = (key: LimitKey): number | null => {
    const text = draft.limits[key].trim()
    if (text === '') return null
    return key.endsWith('percent') ? note(key, share(text)) : note(key, whole(text, 0, 100_000))
  }
  const limits = (scope: 'perWave' | 'inAll', of: 'hosts' | 'devices'): FailureLimit => ({
    count: limit(`${scope}.${of}.count`),
    percent: limit(`${scope}.${of}.percent`),
  })
  const waves = parseWaveSizes(draft.waves)
  const policy = {
    canaryHosts: note('canaryHosts', whole(draft.canaryHosts, 0, 1000)),
    waves: note('waves', waves.ok ? waves.waves : waves.fault),
    maxInFlightHosts: note('maxInFlightHosts', whole(draft.maxInFlightHosts, 1, 1000)),
    spreadByLabel: draft.spreadByLabel.trim() === '' ? null : draft.spreadByLabel.trim(),
    soakSeconds: note('soak', span(draft.soak, 0)),
    failures: {
      perWave: { hosts: limits('perWave', 'hosts'), devices: limits('perWave', 'devices') },
      inAll: { hosts: limits('inAll', 'hosts'), devices: limits('inAll', 'devices') },
    },
    startWindow: draft.window === null ? null : note('window', startWindow(draft.window)),
    perHostDeadlineSeconds: note('deadline', span(draft.deadline, 60)),
    retries: note('retries', whole(draft.retries, 0, 10)),
  }
  if (policy.spreadByLabel !== null && policy.spreadByLabel.length > 63)
    faults.spreadByLabel = 'A label has at most 63 characters.'
  return { policy: Object.keys(faults).length === 0 ? (policy as Policy) : null, faults }
}

function whole(text: string, least: number, most: number): number | string {
  const number = Number(text.trim())
  if (/^\d+$/.test(text.trim()) && number >= least && number <= most) return number
  return `A whole number from ${least} to ${formatCount(most)}.`
}

function share(text: string): number | string {
  const number = Number(text.replace('%', '').trim())
  return Number.isFinite(number) && number >= 0 && number <= 100 ? number : 'From 0 to 100.'
}

function span(text: string, least: number): number | string {
  const seconds = parseTimeSpan(text)
  if (seconds === null) return 'A time looks like 30 s, 10 min or 1 h 30 min.'
  if (seconds < least || seconds > WEEK_SECONDS) return `From ${formatTimeSpan(least)} to 7 d.`
  return seconds
}

function startWindow(window: StartWindow): StartWindow | string {
  if (window.days.length === 0) return 'Choose at least one day.'
  if (!/^\d{2}:\d{2}$/.test(window.from) || !/^\d{2}:\d{2}$/.test(window.until))
    return 'A time of day looks like 22:30.'
  if (window.from === window.until) return 'Choose another end than the beginning.'
  return isTimeZone(window.timeZone) ? window : 'This is no time zone; one looks like Europe/Berlin.'
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return name !== ''
  } catch {
    return false
  }
}
