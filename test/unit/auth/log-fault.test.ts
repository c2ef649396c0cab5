import { APIError } from 'better-auth/api'
import { expect, it, vi } from 'vitest'
import { logFault } from '@/server/auth/log-fault'

function lineOf(fault: unknown): Record<string, unknown> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    logFault(fault)
    return JSON.parse(String(write.mock.calls[0]?.[0]))
  } finally {
    write.mockRestore()
  }
}

it('says a refusal calmly and a fault as an error, each in one line without colours', () => {
  const refused = lineOf(new APIError('UNAUTHORIZED', { message: 'Invalid code' }))
  expect(refused).toMatchObject({ level: 'info', why: 'Invalid code' })
  expect(lineOf(new APIError('INTERNAL_SERVER_ERROR', { message: 'gone' }))).toMatchObject({ level: 'error' })
  const fault = lineOf(new TypeError('not a function'))
  expect([fault.level, String(fault.why)]).toEqual(['error', expect.stringContaining('not a function')])
  expect(JSON.stringify([refused, fault])).not.toContain('\\u001b')
})
