import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { SshPool } from '@/server/ssh/pool'
import { runRemote } from '@/server/ssh/remote-process'
import type { SshTarget } from '@/server/ssh/target'
import { describeWithSshd, Sshd } from '@/test/support/sshd'
import { TcpServer } from '@/test/support/tcp'

const signal = new AbortController().signal
const limits = { maxLineBytes: 1_000, maxOutputBytes: 10_000 }

let gate: Sshd
let inner: Sshd
let last: Sshd
let pool: SshPool

beforeAll(async () => {
  ;[gate, inner, last] = await Promise.all([Sshd.start(), Sshd.start(), Sshd.start()])
})
afterAll(() => Promise.all([gate, inner, last].map((each) => each.stop())))
beforeEach(() => {
  pool = new SshPool({ connectMs: 30_000, idleMs: 60_000 })
})
afterEach(() => pool.close())

function say(target: SshTarget, command = 'echo hello', until = signal) {
  return pool.use(target, until, (connection) => runRemote(connection, command, { ...limits, signal: until }))
}

const sessions = (sshd: Sshd) => sshd.log.match(/Accepted publickey/g)?.length ?? 0

describeWithSshd('a host that is reached through others', () => {
  it('runs a command two hops away, without any agent', async () => {
    const via = inner.target({ name: 'inner', via: gate.target({ name: 'gate' }) })
    const target = last.target({ name: 'last', via })
    await expect(say(target, 'echo "hello $SSH_AUTH_SOCK"')).resolves.toMatchObject({ lines: ['hello '] })
    expect([gate, inner, last].map(sessions)).toEqual([1, 1, 1])
    // It came from where the hop before it is, not from here: the gate saw a forwarding and no session.
    expect(gate.log).not.toContain('Starting session')
  })

  it('shares the hop’s connection, and is another connection than the direct one', async () => {
    const before = sessions(gate)
    const via = gate.target({ name: 'gate' })
    const [one, two] = [inner.target({ via }), last.target({ via })]
    await Promise.all([say(one), say(two), say({ ...one })])
    expect([sessions(gate) - before, pool.size]).toEqual([1, 3])
    const { via: _via, ...direct } = one
    await say(direct)
    expect(pool.size).toBe(4)
  })

  it('verifies the key of every hop, and of the host behind it', async () => {
    const refused = say(last.target({ name: 'last', via: gate.target({ name: 'gate', trustedKeys: [] }) }))
    // The key that was shown is the gate's: it is not to be taken for one of the host behind.
    await expect(refused).rejects.toMatchObject({ kind: 'unreachable', shownKey: null })
    await expect(refused).rejects.toThrow(
      /^last is reached through gate\. gate was reached for the first time/,
    )
    const [key] = last.hostKeys
    await expect(say(last.target({ trustedKeys: [], via: gate.target() }))).rejects.toMatchObject({
      kind: 'key_review',
      shownKey: key,
    })
    await expect(say(last.target({ trustedKeys: inner.hostKeys, via: gate.target() }))).rejects.toMatchObject(
      {
        kind: 'key_changed',
        shownKey: key,
      },
    )
  })

  it('tells of a hop that does not go on', async () => {
    const closed = await Sshd.start({ config: ['AllowTcpForwarding no'] })
    try {
      await expect(
        say(last.target({ name: 'last', via: closed.target({ name: 'gate' }) })),
      ).rejects.toMatchObject({
        kind: 'unreachable',
        message: expect.stringMatching(/^gate could not connect on to last /),
        next: expect.stringContaining('AllowTcpForwarding'),
      })
    } finally {
      await closed.stop()
    }
  })

  it('is let go by who waits for it, and ends with the hop', async () => {
    let called = () => {}
    const reached = new Promise<void>((resolve) => {
      called = resolve
    })
    const silent = await TcpServer.start(() => called())
    const abort = new AbortController()
    const waiting = say(last.target({ port: silent.port, via: gate.target() }), 'true', abort.signal)
    await reached
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ kind: 'lost_contact' })
    await silent.stop()

    const own = await Sshd.start()
    const begun = () => last.log.match(/Starting session/g)?.length ?? 0
    const before = begun()
    const running = say(last.target({ via: own.target() }), 'sleep 300')
    const ended = expect(running).rejects.toMatchObject({ kind: 'lost_contact' })
    await expect.poll(begun, { timeout: 30_000 }).toBe(before + 1)
    await own.stop()
    await ended
  })
})
