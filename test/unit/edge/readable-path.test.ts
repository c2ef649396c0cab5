import { expect, it } from 'vitest'
import { readablePath } from '@/server/edge/readable-path'

it.each(['/', '/hosts/a%20b?tab=%ff', '/api/v1/hosts?query=%', '/hosts/%E2%82%AC'])(
  'leaves what can be read as it is: %s',
  (url) => {
    expect(readablePath(url)).toBe(url)
  },
)

it.each([
  ['/api/v1/hosts/%ff?limit=1', '/api/v1/hosts/%25ff?limit=1'],
  ['/hosts/%ff?tab=runs', '/%2Fhosts%2F%25ff?tab=runs'],
  ['/hosts/%E0%A4%A', '/%2Fhosts%2F%25E0%25A4%25A'],
  ['/%', '/%2F%25'],
])('makes of %s what can be read, and is nothing: %s', (url, readable) => {
  expect(readablePath(url)).toBe(readable)
  expect(() => decodeURIComponent(readable.split('?')[0] ?? '')).not.toThrow()
})
