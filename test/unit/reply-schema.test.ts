import { expect, it } from 'vitest'
import { replySchema } from '@/server/agents/reply-schema'

it('brings text of a host into a form that a database has, wherever it is going', () => {
  const said = { type: 'error', code: 'internal', message: 'no\0 \ud800', next: 'none' }
  expect(replySchema.parse(said)).toEqual({ ...said, message: 'no\ufffd \ufffd' })
})
