import { describe, expect, it } from 'vitest'
import { REFUSAL_CODES } from '@/agents/protocol'
import { actionWords, actorWords, detailWords } from '@/app/_lib/audit-words'
import { jobCauseWords } from '@/app/_lib/cause-words'

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
    expect(detailWords({ deviceId: '0f3c', zone: 'movable' })).toBe('zone Movable')
    expect(detailWords({ planId: '1', digest: 'abcdef0123456789', phrase: 'convert dax0.0 on db-7' })).toBe(
      'digest abcdef012345 · typed “convert dax0.0 on db-7”',
    )
  })

  it.each([
    [{ causeCode: 'blocks_offline' }, 'blocks stayed offline'],
    [{ causeCode: 'EBUSY' }, 'the kernel said EBUSY'],
    [{ causeCode: 'some_new_code' }, 'some new code'],
    [{ causeCode: null }, ''],
    [{ epoch: '12', direction: 'back' }, 'epoch 12 · back to how it was'],
    [{ from: 'system_ram', to: 'partial' }, 'system RAM → partial'],
    [{ name: 'db-7', labels: { rack: 'r12' }, port: 22 }, 'labels rack=r12 · port 22'],
    [{ from: 'running', to: 'paused', reason: 'too_many_failures' }, 'running → paused · too many failures'],
    [{ reason: 'Fire in row 4.' }, 'Fire in row 4.'],
  ])('says %o in words', (detail, words) => {
    expect(detailWords(detail)).toBe(words)
  })

  it('has words for every reason for which an agent refuses', () => {
    for (const code of REFUSAL_CODES) expect(jobCauseWords(code)).not.toBe(code.replaceAll('_', ' '))
  })
})
