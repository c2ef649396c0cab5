import { describe, expect, it } from 'vitest'
import { checkRequest } from '@/server/edge/check-request'
import { parseConfig } from '@/server/lib/config'

const settings = parseConfig(
  {
    PORT: '3000',
    DAXFLEET_ORIGIN: 'https://dax.example',
    DAXFLEET_ALLOWED_HOSTS: 'dax.internal:8443',
  },
  '/',
)
const own = 'http://127.0.0.1:3000'

function statusOf(method: string, path: string, headers: Record<string, string>): number {
  const refusal = checkRequest(
    { method, path, headers: new Headers({ host: '127.0.0.1:3000', ...headers }) },
    settings,
  )
  return refusal?.status ?? 200
}

describe('the names it answers to', () => {
  it.each([
    '127.0.0.1:3000',
    'localhost:3000',
    'LOCALHOST:3000',
    '[::1]:3000',
    'dax.example',
    'dax.internal:8443',
  ])('answers as %s', (host) => expect(statusOf('GET', '/hosts', { host })).toBe(200))

  it.each(['evil.test:3000', '127.0.0.1', '127.0.0.1:3001', 'localhost.evil.test:3000', ''])(
    'refuses %s, as after DNS rebinding',
    (host) => expect(statusOf('GET', '/hosts', { host })).toBe(421),
  )

  it('says which name to use instead', () => {
    const headers = new Headers({ host: 'evil.test' })
    expect(checkRequest({ method: 'GET', path: '/', headers }, settings)?.message).toBe(
      'Daxfleet does not answer to the name "evil.test". Open https://dax.example, or add the name to DAXFLEET_ALLOWED_HOSTS.',
    )
  })
})

describe('the pages it takes requests from', () => {
  it.each([own, 'http://localhost:3000', 'https://dax.example', 'https://dax.internal:8443'])(
    'takes a change from %s',
    (origin) => expect(statusOf('POST', '/api/trpc/jobs.start', { origin })).toBe(200),
  )

  it.each(['http://evil.test', 'null', 'http://127.0.0.1:3001', 'http://127.0.0.1:3000.evil.test'])(
    'refuses a change from %s',
    (origin) => expect(statusOf('POST', '/api/trpc/jobs.start', { origin })).toBe(403),
  )

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    'refuses a %s that does not say where from',
    (method) => {
      expect(statusOf(method, '/hosts', {})).toBe(403)
    },
  )

  it('refuses the live stream to another page', () => {
    expect(statusOf('GET', '/api/trpc/events.stream', { origin: 'http://evil.test' })).toBe(403)
    expect(statusOf('GET', '/api/trpc/events.stream', { 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(statusOf('GET', '/api/trpc/events.stream', { 'sec-fetch-site': 'same-origin' })).toBe(200)
  })

  it('lets a link on another page lead to a page of ours', () => {
    expect(statusOf('GET', '/hosts', { 'sec-fetch-site': 'cross-site' })).toBe(200)
  })
})
