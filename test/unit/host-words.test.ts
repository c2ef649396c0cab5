import { describe, expect, it } from 'vitest'
import { withoutName } from '@/app/_lib/host-words'

describe('a sentence beside the host’s own name', () => {
  it.each([
    ['db-7 (root@10.0.0.7:22) did not answer.', 'It did not answer.'],
    ['db-7 has no SSH key assigned.', 'It has no SSH key assigned.'],
    ['Contact with db-7 (root@fe80::1:22) was lost: reset.', 'Contact with this host was lost: reset.'],
    [
      'ada@example.test rejected the key SHA256:x that db-7 shows.',
      'ada@example.test rejected the key SHA256:x that this host shows.',
    ],
    ['The host did not answer.', 'The host did not answer.'],
  ])('%s', (sentence, said) => {
    expect(withoutName(sentence, 'db-7')).toBe(said)
  })

  it('leaves names alone that only begin or end alike', () => {
    for (const other of ['db-71 did not answer.', 'db-7.example did not answer.', 'Ask old.db-7 about it.'])
      expect(withoutName(other, 'db-7')).toBe(other)
  })

  it('takes a name with dots by the letter', () => {
    expect(withoutName('a.b did not answer.', 'a.b')).toBe('It did not answer.')
    expect(withoutName('axb did not answer.', 'a.b')).toBe('axb did not answer.')
  })
})
