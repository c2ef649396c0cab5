import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { SshPool } from '@/server/ssh/pool'
import { runRemote } from '@/server/ssh/remote-process'
import type { SshTarget } from '@/server/ssh/target'
import { describeWithSshd, Sshd, strangerKey } from '@/test/support/sshd'
import { TcpServer } from '@/test/support/tcp'

const signal = new AbortController().signal
const limits = { maxLineBytes: 1_000, maxOutputBytes: 10_000 }

let sshd: Sshd
let pool: SshPool

beforeAll(async () => {
  sshd = await Sshd.start({ hostKeys: ['ed25519', 'ecdsa', 'rsa'] })
})
afterAll(() => sshd.stop())
beforeEach(() => {
  pool = new SshPool({ connectMs: 30_000, idleMs: 60_000 })
})
afterEach(() => pool.close())

function say(target: SshTarget, command = 'echo hello', through = pool) {
  return through.use(target, signal, (connection) => runRemote(connection, command, { ...limits, signal }))
}

describeWithSshd('the first contact with a host', () => {
  it('shows its key for review and goes no further', async () => {
    const [ed25519] = sshd.hostKeys
    await expect(say(sshd.target({ trustedKeys: [] }))).rejects.toMatchObject({
      kind: 'key_review',
      shownKey: ed25519,
      message: expect.stringContaining(ed25519?.fingerprint ?? 'no key'),
    })
    expect(sshd.log).not.toContain('Accepted publickey')
  })

  it('runs a command once the key is trusted', async () => {
    await expect(say(sshd.target())).resolves.toMatchObject({ status: 0, lines: ['hello'] })
  })
})

describeWithSshd('a host with several keys', () => {
  it.each([0, 1, 2])('is known by whichever one was trusted (%i)', async (index) => {
    const trustedKeys = sshd.hostKeys.slice(index, index + 1)
    await expect(say(sshd.target({ trustedKeys }))).resolves.toMatchObject({ lines: ['hello'] })
  })
})

describeWithSshd('a host whose key changed', () => {
  it('is refused, and both fingerprints are told', async () => {
    const other = await Sshd.start()
    try {
      const [trusted, shown] = [sshd.hostKeys[0], other.hostKeys[0]]
      if (trusted === undefined || shown === undefined) throw new Error('no keys')
      const changed = say(other.target({ trustedKeys: [trusted] }))
      await expect(changed).rejects.toMatchObject({ kind: 'key_changed', shownKey: shown })
      await expect(changed).rejects.toThrow(trusted.fingerprint)
      await expect(changed).rejects.toThrow(shown.fingerprint)
      expect(other.log).not.toContain('Accepted publickey')
    } finally {
      await other.stop()
    }
  })
})

describeWithSshd('what stands between', () => {
  it('tells a refused key from everything else', async () => {
    const target = sshd.target({ privateKey: await strangerKey() })
    await expect(say(target)).rejects.toMatchObject({
      kind: 'auth_refused',
      next: expect.stringContaining('authorized_keys'),
    })
  })

  it('tells a private key that cannot be read', async () => {
    await expect(say(sshd.target({ privateKey: 'nothing' }))).rejects.toMatchObject({ name: 'ContactError' })
  })

  it('tells a closed port', async () => {
    const closed = await TcpServer.start(() => {})
    const { port } = closed
    await closed.stop()
    await expect(say(sshd.target({ port }))).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('refused the connection'),
    })
  })

  it('tells a name that does not resolve', async () => {
    const target = sshd.target({ address: 'no-such-host.invalid' })
    await expect(say(target)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('resolve'),
    })
  })

  it('gives up on a port that takes the connection and says nothing', async () => {
    const hole = await TcpServer.start(() => {})
    const hasty = new SshPool({ connectMs: 300, idleMs: 60_000 })
    try {
      await expect(say(sshd.target({ port: hole.port }), 'true', hasty)).rejects.toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('in time'),
      })
      expect(hasty.size).toBe(0)
    } finally {
      await hasty.close()
      await hole.stop()
    }
  })

  it('gives up on a port that talks for ever without being SSH', async () => {
    const chatter = await TcpServer.start((socket) => {
      const line = Buffer.alloc(64 * 1024, 'not ssh\r\n')
      const more = () => {
        while (!socket.destroyed && socket.write(line));
      }
      socket.on('drain', more)
      more()
    })
    const hasty = new SshPool({ connectMs: 1_000, idleMs: 60_000 })
    try {
      const contact = say(sshd.target({ port: chatter.port }), 'true', hasty)
      await expect(contact).rejects.toMatchObject({ kind: 'unreachable' })
    } finally {
      await hasty.close()
      await chatter.stop()
    }
  })

  it('tells a server it shares no algorithm with', async () => {
    const modern = await Sshd.start({ config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] })
    try {
      await expect(say(modern.target())).rejects.toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('no SSH algorithm'),
      })
    } finally {
      await modern.stop()
    }
  })

  it.each(['mlkem768x25519-sha256', 'sntrup761x25519-sha512@openssh.com'])(
    'tells a server that takes post-quantum key exchange alone: %s',
    async (kex) => {
      const modern = await Sshd.start({ config: [`KexAlgorithms ${kex}`] }).catch((error: Error) => {
        // An older sshd does not know the one or the other.
        expect(error.message).toMatch(/Unsupported KEX algorithm|Bad SSH2 KexAlgorithms/)
        return null
      })
      if (modern === null) return
      try {
        await expect(say(modern.target())).rejects.toMatchObject({
          kind: 'unreachable',
          message: expect.stringContaining('no SSH algorithm'),
          next: expect.stringMatching(/\S/),
        })
      } finally {
        await modern.stop()
      }
    },
  )

  // A packet has 35,000 bytes at most (RFC 4253 §6.1).
  it('does not mind a long banner with what a terminal would heed', async () => {
    const banner = `${'\u001b[2J<script>alert(1)</script>\n'.repeat(500)}`
    const file = path.join(os.tmpdir(), `daxfleet-banner-${process.pid}`)
    fs.writeFileSync(file, banner)
    const loud = await Sshd.start({ config: [`Banner ${file}`] })
    try {
      expect((await say(loud.target())).lines).toEqual(['hello'])
    } finally {
      await loud.stop()
      fs.rmSync(file)
    }
  })

  it('tells a server that takes no more connections for now', async () => {
    const busy = await Sshd.start({ config: ['MaxStartups 1:100:1', 'LoginGraceTime 60'] })
    const holder = net.connect(busy.port, '127.0.0.1')
    try {
      // Its one place is taken by somebody who has been greeted and says nothing.
      await once(holder, 'data')
      await expect(say(busy.target())).rejects.toMatchObject({
        kind: 'unreachable',
        next: expect.stringContaining('MaxStartups'),
      })
    } finally {
      holder.destroy()
      await busy.stop()
    }
  })

  it('stops at once when the caller does, while connecting', async () => {
    const hole = await TcpServer.start(() => {})
    const stop = new AbortController()
    try {
      const contact = pool.use(sshd.target({ port: hole.port }), stop.signal, async () => 'connected')
      stop.abort()
      await expect(contact).rejects.toMatchObject({ kind: 'lost_contact' })
    } finally {
      await pool.close()
      await hole.stop()
    }
  })
})
