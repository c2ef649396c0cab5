import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { believeOnlyProxies } from '@/server/edge/believe-proxies'
import { originOf } from '@/server/edge/origin-of'

// 127.0.0.2 and above are addresses of this machine as well, so a client can come from one that is no proxy's.
const server = createServer(({ headers }, answer) => {
  const { clientAddress } = originOf(new Headers({ 'x-forwarded-for': String(headers['x-forwarded-for']) }))
  answer.end(JSON.stringify(clientAddress))
})
beforeAll(async () => {
  believeOnlyProxies(['127.0.0.1', '10.0.0.0/8'])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => void server.close())

async function seenFrom(localAddress: string, claim?: string): Promise<unknown> {
  const { port } = server.address() as AddressInfo
  const headers = claim === undefined ? {} : { 'x-forwarded-for': claim }
  const [answer] = await once(
    get({ port, host: '127.0.0.1', localAddress, headers, agent: false }),
    'response',
  )
  let text = ''
  for await (const part of answer) text += part
  return JSON.parse(text)
}

it('takes an address from a proxy of ours, and from nobody else', async () => {
  expect(await seenFrom('127.0.0.1', '203.0.113.9')).toBe('203.0.113.9')
  expect(await seenFrom('127.0.0.2', '203.0.113.9')).toBe('127.0.0.2')
  expect(await seenFrom('127.0.0.2', '127.0.0.1, 10.0.0.1, 203.0.113.9')).toBe('127.0.0.2')
  expect(await seenFrom('127.0.0.2')).toBe('127.0.0.2')
})
