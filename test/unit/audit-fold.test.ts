import { describe, expect, it } from 'vitest'
import { foldRepeats } from '@/app/_lib/audit-fold'
import type { AuditEntryView } from '@/server/audit/schema'

let second = 100
const entry = (changes: Partial<AuditEntryView> = {}): AuditEntryView => {
  second -= 1
  return {
    id: String(second),
    at: new Date(second * 1000),
    actorKind: 'worker',
    actorId: 'srv-1:1:a',
    action: 'job.taken_over',
    subjectKind: 'job',
    subjectId: 'j',
    place: { host: null, daxName: null, name: null },
    detail: { epoch: String(second) },
    clientAddress: null,
    userAgent: null,
    tokenId: null,
    ...changes,
  }
}

describe('repeats in the audit', () => {
  it('are told once, with how many there are and since when', () => {
    const entries = [entry(), entry(), entry()]
    expect(foldRepeats(entries)).toEqual([{ entry: entries[0], count: 3, since: entries[2]?.at }])
  })

  it.each([
    ['another worker', { actorId: 'srv-2:1:b' }],
    ['another run', { subjectId: 'k' }],
    ['another act', { action: 'job.unknown' }],
    ['another detail', { detail: { message: 'no answer' } }],
  ])('are none where it was %s', (_what, changes) => {
    expect(foldRepeats([entry(), entry(changes), entry()]).map(({ count }) => count)).toEqual([1, 1, 1])
  })
})
