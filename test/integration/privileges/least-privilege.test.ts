import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { buildAgent } from '@/scripts/agent/build'
import { createAgentClient } from '@/server/agents/client'
import { gatePath } from '@/server/agents/gate'
import type { AgentBinary } from '@/server/agents/prepare'
import { latestReleases, noteAgentPath, noteReleases } from '@/server/privileges/releases'
import type { HostPrivileges } from '@/server/privileges/schema'
import { SshPool } from '@/server/ssh/pool'
import { runRemote } from '@/server/ssh/remote-process'
import type { SshTarget } from '@/server/ssh/target'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { describeWithSshd, Sshd } from '@/test/support/sshd'

const { signal } = new AbortController()
const limits = { maxLineBytes: 8_192, maxOutputBytes: 262_144, signal }
const cacheDir = fileURLToPath(new URL('../../../.cache/agent/', import.meta.url))
/** Nobody opens it here: the way in is given to each call. */
const sealed = { ciphertext: new Uint8Array(1), iv: new Uint8Array(12), tag: new Uint8Array(16) }
const arch = process.arch === 'arm64' ? 'arm64' : 'x64'

let folder: string
let stage: TestStage
let sshd: Sshd
let today: AgentBinary
let tomorrow: AgentBinary
let hostId: string
let target: SshTarget

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet least '))
  const built = await buildAgent({ arch, cacheDir, signal: AbortSignal.timeout(600_000) })
  today = built
  // The same program with another digest: what follows an ELF file's last section is nobody's.
  const next = Buffer.concat([fs.readFileSync(built.path), Buffer.from('\n')])
  tomorrow = {
    path: path.join(folder, 'next'),
    sha256: createHash('sha256').update(next).digest('hex'),
  }
  fs.writeFileSync(tomorrow.path, next)
  stage = await createTestStage()
  sshd = await Sshd.start()
}, 600_000)
afterAll(async () => {
  await sshd.stop()
  await stage.close()
  fs.rmSync(folder, { recursive: true })
})

beforeEach(async () => {
  hostId = randomUUID()
  target = sshd.ordinaryTarget({ hostId })
  await stage.pg.query('DELETE FROM "AgentRelease"')
  await stage.db.host.deleteMany()
  await stage.db.credential.deleteMany()
  const publicKey = fs.readFileSync(path.join(sshd.folder, 'client.pub'), 'utf8').trim()
  const credential = await stage.db.credential.create({
    data: { name: 'key', algorithm: 'ssh-ed25519', fingerprint: 'SHA256:x', publicKey, ...sealed },
  })
  await stage.db.host.create({
    data: {
      id: hostId,
      name: 'node1',
      address: '127.0.0.1',
      port: sshd.port,
      username: 'operator',
      credentialId: credential.id,
    },
  })
  sudoersAre('')
  fs.rmSync(path.join(sshd.home('operator'), '.daxfleet'), { recursive: true, force: true })
  fs.copyFileSync(path.join(sshd.folder, 'client.pub'), path.join(sshd.folder, 'authorized_keys'))
})

/** What root installed, as the host's sudo sees it. */
function sudoersAre(text: string): void {
  fs.writeFileSync(path.join(sshd.folder, 'sudoers'), `root ALL=(ALL) ALL\n${text}\n`)
}

/** What a server with this agent reads of the host, or why it cannot; over a connection of its own. */
async function inspect(agent: AgentBinary): Promise<unknown> {
  const client = createAgentClient({
    pool: new SshPool({ connectMs: 30_000, idleMs: 60_000 }),
    binaries: async (wanted) => (wanted === arch ? agent : null),
    answerMs: 60_000,
    silenceMs: 60_000,
    notePath: (id, told) => noteAgentPath(stage.pg, id, told),
  })
  try {
    return await client.inspect(target, { signal }).catch((error: unknown) => error)
  } finally {
    await client.close()
  }
}

/** A command of whoever holds the key, over a connection of their own. */
async function withKey(command: string): Promise<{ status: number | null; said: string }> {
  const pool = new SshPool({ connectMs: 30_000, idleMs: 60_000 })
  try {
    const { status, lines, stderr } = await pool.use(target, signal, (connection) =>
      runRemote(connection, command, limits),
    )
    return { status, said: `${lines.join('\n')}${stderr}` }
  } finally {
    await pool.close()
  }
}

async function privileges(withPrevious = true): Promise<Extract<HostPrivileges, { type: 'ordinary' }>> {
  const told = await stage.caller.privileges.host({ hostId, withPrevious })
  if (told.type !== 'ordinary') throw new Error(`told was ${told.type}`)
  return told
}

const note = (agent: AgentBinary) => noteReleases(stage.pg, { [arch]: { ...agent, sizeBytes: 1 } })
const asRoot = expect.objectContaining({ privileged: true })

describeWithSshd('an ordinary account with the generated lines', () => {
  it('is refused at first, and with the file from its page the agent runs as root', async () => {
    expect(await stage.caller.privileges.host({ hostId })).toMatchObject({ type: 'unknown' })
    await note(today)
    expect(await privileges()).toMatchObject({
      pathKnown: false,
      path: '/home/operator/.daxfleet/agent',
    })
    expect(await inspect(today)).toMatchObject({
      kind: 'sudo_refused',
      next: expect.stringContaining('Access tab'),
    })
    // The host has told its account's home by now.
    const { pathKnown, sudoers } = await privileges()
    expect(pathKnown).toBe(true)
    expect(sudoers.text).toContain(
      `operator ALL=(root) NOPASSWD: sha256:${today.sha256} ${sshd.home('operator')}/.daxfleet/agent ""`,
    )
    sudoersAre(sudoers.text)
    expect(await inspect(today)).toEqual(asRoot)
  })

  it('needs no terminal, whatever the rest of sudoers says', async () => {
    await note(today)
    await inspect(today)
    sudoersAre(`Defaults requiretty\n${(await privileges()).sudoers.text}`)
    expect(await inspect(today)).toEqual(asRoot)
  })

  it('is upgraded with two digests, both of which run, and with one alone afterwards', async () => {
    await note(today)
    await inspect(today)
    sudoersAre((await privileges()).sudoers.text)
    // A newer server comes, and the host does not know its agent: said with both digests.
    expect(await inspect(tomorrow)).toMatchObject({
      kind: 'sudo_refused',
      message: expect.stringContaining(
        `names sha256:${today.sha256.slice(0, 12)}…, needed is sha256:${tomorrow.sha256.slice(0, 12)}…`,
      ),
    })
    await note(tomorrow)
    const both = await privileges()
    expect(both.agents.map(({ sha256, isCurrent }) => [sha256, isCurrent])).toEqual([
      [tomorrow.sha256, true],
      [today.sha256, false],
    ])
    // It may have been announced alone: the lines claim of neither that it is uploaded.
    const noted = both.sudoers.text.matchAll(/^# (.*)\n.*sha256:([0-9a-f]{64})/gm)
    expect([...noted].map(([, note, sha256]) => [sha256, note])).toEqual([
      [tomorrow.sha256, `${arch}, the newest`],
      [today.sha256, `${arch}, the one before: drop this line once every worker has the newest`],
    ])
    sudoersAre(both.sudoers.text)
    expect(await inspect(today)).toEqual(asRoot)
    expect(await inspect(tomorrow)).toEqual(asRoot)
    expect(await inspect(today)).toEqual(asRoot)
    // Over: the old one is named no more.
    sudoersAre((await privileges(false)).sudoers.text)
    expect(await inspect(tomorrow)).toEqual(asRoot)
    expect(await inspect(today)).toMatchObject({ kind: 'sudo_refused' })
  })

  it('counts as the current agent the one a worker began with last', async () => {
    await note(today)
    await note(tomorrow)
    await note(today)
    expect((await latestReleases(stage.pg)).find((release) => release.isCurrent)?.sha256).toBe(today.sha256)
  })

  it('has a name that sudo takes for a name, though it looks like an alias', async () => {
    await stage.db.host.update({ where: { id: hostId }, data: { username: 'ALL' } })
    await note(today)
    expect((await privileges()).sudoers.text).toContain('"ALL" ALL=(root) NOPASSWD:')
  })

  it('may sign in as root as well, and needs nothing then', async () => {
    await stage.db.host.update({ where: { id: hostId }, data: { username: 'root' } })
    expect(await stage.caller.privileges.host({ hostId })).toEqual({ type: 'root' })
  })
})

describeWithSshd('whoever stole the key of an ordinary account', () => {
  const agentPath = () => path.join(sshd.home('operator'), '.daxfleet', 'agent')

  beforeEach(async () => {
    await note(today)
    await inspect(today)
    sudoersAre((await privileges()).sudoers.text)
    expect(await inspect(today)).toEqual(asRoot)
  })

  it('can run the agent as root, without arguments: this much the key is worth', async () => {
    const request = `{"protocol":1,"verb":"inspect","params":{}}`
    const { said } = await withKey(`echo '${request}' | sudo -n -- ${agentPath()}`)
    expect(said).toContain('"privileged":true')
    expect((await withKey(`sudo -n -- ${agentPath()} act`)).status).toBe(1)
  })

  it.each(['/usr/bin/id', '/bin/sh -c id', '-s', '-u nobody /usr/bin/id'])(
    'cannot run as root: sudo %s',
    async (command) => {
      const { status, said } = await withKey(`sudo -n ${command}`)
      expect([status, said]).toEqual([1, expect.stringMatching(/password is required|not allowed/)])
    },
  )

  it('cannot put another program in the agent’s place', async () => {
    const evil = '#!/bin/sh\\nid -u > "$(dirname "$0")/was-root"\\n'
    const swap = `cd ~/.daxfleet && rm agent && printf '${evil}' > agent && chmod 700 agent`
    const { status, said } = await withKey(`${swap} && sudo -n -- ${agentPath()}`)
    expect([status, said]).toEqual([1, expect.stringMatching(/password is required|not allowed/)])
    // The next contact finds it, and puts the path right by itself.
    expect(await inspect(today)).toEqual(asRoot)
    expect(fs.existsSync(path.join(sshd.home('operator'), '.daxfleet', 'was-root'))).toBe(false)
  })

  it('cannot change the agent itself: what sudo runs has the digest, or does not run', async () => {
    const swap = `cd ~/.daxfleet && printf x >> agent-${today.sha256}`
    const { status } = await withKey(`${swap} && sudo -n -- ${agentPath()}`)
    expect(status).toBe(1)
    expect(await inspect(today)).toEqual(asRoot)
  })

  it('finds no agent to sign in elsewhere with', async () => {
    expect(await withKey('echo "[$SSH_AUTH_SOCK]"')).toMatchObject({ said: '[]' })
    expect(sshd.log).not.toMatch(/auth-agent/)
  })
})

describeWithSshd('a key behind the gate', () => {
  /** As root installs both, the gate where this machine keeps nothing. */
  async function behindGate(): Promise<void> {
    const { gate, authorizedKey } = await privileges()
    const file = path.join(sshd.folder, 'daxfleet-gate')
    fs.writeFileSync(file, gate.text, { mode: 0o755 })
    fs.writeFileSync(path.join(sshd.folder, 'authorized_keys'), `${authorizedKey?.replace(gatePath, file)}\n`)
  }

  beforeEach(async () => {
    await note(today)
    await inspect(today)
    sudoersAre((await privileges()).sudoers.text)
    await behindGate()
  })

  it('serves Daxfleet as before, the first upload included', async () => {
    fs.rmSync(path.join(sshd.home('operator'), '.daxfleet'), { recursive: true, force: true })
    expect(await inspect(today)).toEqual(asRoot)
  })

  it('says at once when it does not know a newer agent, and does after its upgrade', async () => {
    expect(await inspect(tomorrow)).toMatchObject({
      kind: 'agent_failed',
      message: expect.stringContaining('gate on node1'),
      next: expect.stringContaining('Access tab'),
    })
    await note(tomorrow)
    sudoersAre((await privileges()).sudoers.text)
    await behindGate()
    expect(await inspect(tomorrow)).toEqual(asRoot)
    expect(await inspect(today)).toEqual(asRoot)
  })

  it.each([
    'id',
    'cat /etc/passwd',
    '',
    `exec /bin/sh -c 'id'`,
    'sudo -n -l; id',
    'sh',
    '$(id)',
    '"; id; "',
    'scp -t /tmp',
  ])('runs nothing else for whoever stole it: %s', async (command) => {
    expect(await withKey(command)).toEqual({ status: 77, said: expect.stringContaining('daxfleet-gate:') })
  })

  it('opens no terminal, no way on, no file transfer and no agent', async () => {
    const ssh = (...args: string[]) => openssh(sshd, args)
    const tcp = await listening('other')
    const port = portOf(tcp)
    try {
      expect((await ssh('-tt', 'id')).text).toMatch(/PTY allocation request failed/)
      expect((await ssh('-W', `127.0.0.1:${port}`)).text).toMatch(/administratively prohibited/)
      expect((await ssh('-s', 'sftp')).text).toMatch(/daxfleet-gate:|subsystem request failed/)
      const before = sshd.log.length
      await ssh('-A', 'id')
      expect(sshd.log.slice(before)).not.toMatch(/agent-forward/i)
    } finally {
      tcp.close()
    }
  })

  it('lets a jump host pass to the hosts behind it, and nowhere else', async () => {
    const [behind, other] = await Promise.all([listening('behind'), listening('other')])
    try {
      await stage.db.host.create({
        data: {
          name: 'behind',
          address: '127.0.0.1',
          port: portOf(behind),
          username: 'root',
          jumpHostId: hostId,
        },
      })
      await behindGate()
      expect((await openssh(sshd, ['-W', `127.0.0.1:${portOf(behind)}`])).text).toContain('behind')
      const refused = await openssh(sshd, ['-W', `127.0.0.1:${portOf(other)}`])
      expect(refused.text).toMatch(/administratively prohibited/)
    } finally {
      behind.close()
      other.close()
    }
  })
})

/** Says one word to whoever comes. */
async function listening(word: string): Promise<net.Server> {
  const server = net.createServer((socket) => socket.on('error', () => {}).end(`${word}\n`))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

const portOf = (server: net.Server) => (server.address() as net.AddressInfo).port

/** OpenSSH's own client with the stolen key, as the account. Options and command as given. */
function openssh(server: Sshd, args: string[]): Promise<{ status: number | null; text: string }> {
  const [last = '', ...rest] = [...args].reverse()
  const isWord = !last.startsWith('-') && rest[0] !== '-W'
  const options = isWord ? args.slice(0, -1) : args
  const child = spawn(
    'ssh',
    [
      ...['-F', 'none', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
      ...['-o', 'BatchMode=yes', '-i', path.join(server.folder, 'client'), '-p', String(server.port)],
      ...options,
      'operator@127.0.0.1',
      ...(isWord ? [last] : []),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, text })))
}
