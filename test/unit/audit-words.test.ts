import { describe, expect, it } from 'vitest'
import { actionWords, actorWords, detailWords } from '@/app/_lib/audit-words'

describe('an audit row in words', () => {
  it('spells a worker out, and people by their address', () => {
    expect(actorWords({ actorKind: 'worker', actorId: 'srv-1:4711:0f3c' })).toBe('worker on srv-1')
    expect(actorWords({ actorKind: 'user', actorId: 'ada@example.test' })).toBe('ada@example.test')
    expect(actorWords({ actorKind: 'system', actorId: 'daxfleet' })).toBe('Daxfleet itself')
  })

  it('calls things as the pages do', () => {
    expect(actionWords('job.cancel_requested')).toBe('run cancel requested')
    expect(actionWords('host.key_trusted')).toBe('host key trusted')
  })

  it('tells a move as a move, and leaves ids to the column that has their names', () => {
    expect(detailWords({ name: 'db-7', from: 'new', to: 'ready', message: '' })).toBe('new → ready')
    expect(detailWords({ deviceId: '0f3c', zone: 'movable' })).toBe('zone=movable')
    expect(detailWords({ planId: '1', digest: 'abcdef0123456789', phrase: 'convert dax0.0 on db-7' })).toBe(
      'digest=abcdef012345  phrase=convert dax0.0 on db-7',
    )
  })
})
