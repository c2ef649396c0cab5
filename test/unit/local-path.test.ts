import { expect, test } from 'vitest'
import { localPath } from '@/app/_lib/local-path'

test('leads back to the page that asked for the sign-in', () => {
  expect(localPath('/hosts?q=state:ready')).toBe('/hosts?q=state:ready')
})

test.each([null, '', 'https://evil.example/', '//evil.example/x', '/\\evil.example', 'javascript:alert(1)'])(
  'never leads off this site: %s',
  (path) => {
    expect(localPath(path)).toBe('/')
  },
)
