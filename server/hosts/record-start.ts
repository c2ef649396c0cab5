import type { Inspection } from '@/agents/protocol'
import type { Deed } from '@/server/audit/record'
import { storableText } from './untrusted'

/** The boot whose start a reading tells of, once that start is over and brought something back; else null. */
export function toldStart({ persistence }: Inspection): string | null {
  const start = persistence?.lastBoot ?? null
  return start === null || !start.isOver || start.results.length === 0 ? null : storableText(start.bootId)
}

/** A start of a host converts what is to come back without asking anybody: the log tells of each such start once. */
export function startDeeds(host: { id: string; name: string }, { persistence }: Inspection): Deed[] {
  return (persistence?.lastBoot?.results ?? []).map(({ path, deviceId, outcome, message }) => ({
    action: 'host.device_brought_back',
    subjectKind: 'host',
    subjectId: host.id,
    detail: {
      name: host.name,
      outcome,
      device: storableText(deviceId ?? path),
      message: storableText(message),
    },
  }))
}
