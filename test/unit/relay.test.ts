import { once } from 'node:events'
import net from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Relay } from '@/test/support/relay'
import { TcpServer } from '@/test/support/tcp'

const patient = { timeout: 20_000 }
let server: TcpServer
let relay: Relay
/** The server's end of each connection, and what it has heard there. */
let heard: string
let serverEnds: net.Socket[]
const callers: net.Socket[] = []

/** Calls through the relay and gathers what comes back. */
async function call(): Promise<{ socket: net.Socket; text: () => string; ended: () => boolean }> {
  const socket = net.connect(relay.port, '127.0.0.1')
  callers.push(socket)
  let text = ''
  let ended = false
  socket.on('data', (chunk) => {
    text += chunk.toString()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    ended = true
  })
  await once(socket, 'connect')
  return { socket, text: () => text, ended: () => ended }
}

beforeEach(async () => {
  heard = ''
  serverEnds = []
  server = await TcpServer.start((socket) => {
    serverEnds.push(socket)
    socket.on('data', (chunk) => {
      heard += chunk.toString()
      socket.write(chunk)
    })
  })
  relay = await Relay.to(server.port)
})

afterEach(async () => {
  for (const socket of callers.splice(0)) socket.destroy()
  await relay.stop()
  await server.stop()
})

const echoed = async (caller: Awaited<ReturnType<typeof call>>, words: string) => {
  const before = caller.text()
  caller.socket.write(words)
  await vi.waitFor(() => expect(caller.text()).toBe(before + words), patient)
}

it('passes bytes and hang-ups on, both ways', async () => {
  const caller = await call()
  await echoed(caller, 'hello')
  caller.socket.end()
  await vi.waitFor(() => expect(server.open.size).toBe(0), patient)
  await vi.waitFor(() => expect(caller.ended()).toBe(true), patient)
})

it('refuses calls while it is closed, leaves standing ones alone, and opens on the same port', async () => {
  const caller = await call()
  await echoed(caller, 'before')
  const { port } = relay
  relay.refuse()
  const refused = net.connect(port, '127.0.0.1')
  const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNREFUSED')
  await echoed(caller, 'still')
  await relay.pass()
  expect(relay.port).toBe(port)
  await echoed(await call(), 'again')
})

it('holds everything up in a black hole, and delivers it whole when that ends', async () => {
  const caller = await call()
  await echoed(caller, 'a')
  relay.blackhole()
  caller.socket.write('b')
  const late = await call()
  late.socket.write('c')
  serverEnds[0]?.write('d')
  await vi.waitFor(() => expect(caller.socket.bytesWritten).toBe(2), patient)
  expect([heard, caller.text(), late.text()]).toEqual(['a', 'a', ''])
  await relay.pass()
  await vi.waitFor(() => expect(caller.text()).toBe('adb'), patient)
  await vi.waitFor(() => expect(late.text()).toBe('c'), patient)
})

it('lets a sender into a black hole run full, until its writes block', async () => {
  const caller = await call()
  await echoed(caller, 'a')
  relay.blackhole('down')
  const sender = serverEnds[0]
  if (sender === undefined) throw new Error('The server was not called.')
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  // Far more than all buffers between the two hold: the rest must wait with the sender.
  for (let i = 0; i < 64; i++) sender.write(chunk)
  await vi.waitFor(() => expect(sender.bytesWritten).toBeGreaterThan(0), patient)
  expect(sender.writableLength).toBeGreaterThan(0)
  expect(caller.text()).toBe('a')
  caller.socket.write('up')
  await vi.waitFor(() => expect(heard).toBe('aup'), patient)
  await relay.pass()
  await vi.waitFor(() => expect(sender.writableLength).toBe(0), patient)
})

it('does not tell the far end of a hang-up before the black hole ends', async () => {
  const caller = await call()
  await echoed(caller, 'a')
  relay.blackhole()
  caller.socket.destroy()
  await once(caller.socket, 'close')
  const probe = await call()
  expect(probe.ended()).toBe(false)
  expect(server.open.size).toBe(1)
  await relay.pass()
  // The probe's connection is made only now; the other one learns of its end.
  await vi.waitFor(() => expect(serverEnds[0]?.destroyed).toBe(true), patient)
})

it('carries no faster than it is told to', async () => {
  const caller = await call()
  await echoed(caller, 'a')
  relay.slow(10_000, 'up')
  const began = performance.now()
  await echoed(caller, 'x'.repeat(5_000))
  // Half a second's worth; a machine that is busy only takes longer.
  expect(performance.now() - began).toBeGreaterThan(400)
})

it('resets standing connections at both ends when it is cut, and takes new ones', async () => {
  const caller = await call()
  await echoed(caller, 'a')
  relay.cut()
  await vi.waitFor(() => expect(caller.ended()).toBe(true), patient)
  await vi.waitFor(() => expect(server.open.size).toBe(0), patient)
  await echoed(await call(), 'again')
})
