import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { PROTOCOL_VERSION } from '@/agents/protocol'
import { createAgentClient } from '@/server/agents/client'
import type { AgentBinary } from '@/server/agents/prepare'
import { SshPool } from '@/server/ssh/pool'
import type { SshTarget } from '@/server/ssh/target'
import { describeWithSshd, Sshd, type SshdOptions } from '@/test/support/sshd'

const { signal } = new AbortController()
const mode = (file: string) => fs.statSync(file).mode & 0o7777

/**
 * What lies on the host here is a shell script that says hello and why it refuses: enough to see whether it was run.
 * Its size is that of a real agent, so that it does not fit one packet.
 */
const script = [
  '#!/bin/sh',
  'echo run >> "$HOME/ran"',
  `echo '{"type":"hello","protocol":${PROTOCOL_VERSION},"agentVersion":"test"}'`,
  `echo '{"type":"error","code":"internal","message":"only a script","next":"nothing"}'`,
  'exit 0',
  `#${'x'.repeat(700_000)}`,
].join('\n')

let folder: string
let binary: AgentBinary
let sshd: Sshd

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet agent '))
  binary = store(script)
  sshd = await Sshd.start()
})
afterAll(async () => {
  await sshd.stop()
  fs.rmSync(folder, { recursive: true })
})

function store(content: string): AgentBinary {
  const sha256 = createHash('sha256').update(content).digest('hex')
  const file = path.join(folder, sha256)
  fs.writeFileSync(file, content)
  return { path: file, sha256 }
}

/** Asks once, over a connection of its own, and gives what went wrong. */
async function ask(target: SshTarget, agent: AgentBinary | null = binary): Promise<unknown> {
  const pool = new SshPool({ connectMs: 30_000, idleMs: 60_000 })
  const client = createAgentClient({
    pool,
    binaries: async () => agent,
    answerMs: 30_000,
    silenceMs: 30_000,
  })
  try {
    return await client.inspect(target, { signal }).catch((error: unknown) => error)
  } finally {
    await client.close()
  }
}

const ran = { kind: 'agent_failed', message: expect.stringContaining('only a script') }

describeWithSshd('the agent on a host', () => {
  let home: string
  let placed: string

  beforeEach(() => {
    home = sshd.home()
    placed = path.join(home, '.daxfleet', `agent-${binary.sha256}`)
    fs.rmSync(path.join(home, '.daxfleet'), { recursive: true, force: true })
    fs.rmSync(path.join(home, 'ran'), { force: true })
  })

  const timesRun = () => fs.readFileSync(path.join(home, 'ran'), 'utf8').split('\n').length - 1

  it('is put into a folder that is the account’s alone, and run from there', async () => {
    expect(await ask(sshd.target())).toMatchObject(ran)
    expect(mode(path.dirname(placed))).toBe(0o700)
    expect(mode(placed)).toBe(0o700)
    expect(fs.readFileSync(placed, 'utf8')).toBe(script)
    expect(fs.readdirSync(path.dirname(placed))).toEqual([path.basename(placed)])
  })

  it('is sent once and found again by its digest', async () => {
    expect(await ask(sshd.target())).toMatchObject(ran)
    const before = fs.statSync(placed)
    expect(await ask(sshd.target())).toMatchObject(ran)
    expect(fs.statSync(placed).ino).toBe(before.ino)
    expect(timesRun()).toBe(2)
  })

  it('is sent again when somebody changed it, and the changed one never runs', async () => {
    expect(await ask(sshd.target())).toMatchObject(ran)
    fs.writeFileSync(placed, script.replace('echo run', 'echo evil >> "$HOME/ran"; echo run'))
    expect(await ask(sshd.target())).toMatchObject(ran)
    expect(fs.readFileSync(placed, 'utf8')).toBe(script)
    expect(fs.readFileSync(path.join(home, 'ran'), 'utf8')).not.toContain('evil')
  })

  it.each([0o777, 0o755, 0o4700])('is sent again when its mode is %o', async (wrong) => {
    expect(await ask(sshd.target())).toMatchObject(ran)
    fs.chmodSync(placed, wrong)
    expect(await ask(sshd.target())).toMatchObject(ran)
    expect(mode(placed)).toBe(0o700)
  })

  it('is sent again when others could write to its folder', async () => {
    expect(await ask(sshd.target())).toMatchObject(ran)
    fs.chmodSync(path.dirname(placed), 0o777)
    expect(await ask(sshd.target())).toMatchObject(ran)
    expect(mode(path.dirname(placed))).toBe(0o700)
  })

  it('is sent again when it belongs to somebody else', async () => {
    expect(await ask(sshd.target())).toMatchObject(ran)
    fs.chownSync(placed, 4711, 4711)
    expect(await ask(sshd.target())).toMatchObject(ran)
    expect(fs.statSync(placed).uid).toBe(0)
  })

  it('takes the place of a link, and leaves alone what the link led to', async () => {
    expect(await ask(sshd.target())).toMatchObject(ran)
    const elsewhere = path.join(home, 'elsewhere')
    fs.renameSync(placed, elsewhere)
    fs.symlinkSync(elsewhere, placed)
    expect(await ask(sshd.target())).toMatchObject(ran)
    expect(fs.lstatSync(placed).isSymbolicLink()).toBe(false)
    expect(fs.readFileSync(elsewhere, 'utf8')).toBe(script)
  })

  it('is not put into a folder that is a link', async () => {
    const elsewhere = path.join(home, 'open')
    fs.mkdirSync(elsewhere, { recursive: true })
    fs.symlinkSync(elsewhere, path.dirname(placed))
    expect(await ask(sshd.target())).toMatchObject({
      kind: 'agent_failed',
      message: expect.stringContaining('symbolic link'),
    })
    expect(fs.readdirSync(elsewhere)).toEqual([])
    expect(fs.existsSync(path.join(home, 'ran'))).toBe(false)
  })

  it('keeps the agents of other servers, until they are a month old', async () => {
    expect(await ask(sshd.target())).toMatchObject(ran)
    const others = ['1', '2'].map((digit) => path.join(path.dirname(placed), `agent-${digit.repeat(64)}`))
    for (const other of others) fs.writeFileSync(other, '')
    fs.utimesSync(others[1] ?? '', new Date('2020-01-01'), new Date('2020-01-01'))
    await ask(sshd.target(), store(`${script}\n#newer`))
    expect(others.map((other) => fs.existsSync(other))).toEqual([true, false])
  })

  it('is not sent when what is stored here is not what its digest says', async () => {
    expect(await ask(sshd.target(), { ...binary, sha256: 'f'.repeat(64) })).toMatchObject({
      kind: 'agent_failed',
      message: expect.stringContaining('what arrived is not what was sent'),
    })
    expect(fs.readdirSync(path.dirname(placed))).toEqual([])
  })

  it('is missed by name when this server has none for the machine', async () => {
    expect(await ask(sshd.target(), null)).toMatchObject({
      kind: 'agent_failed',
      message: expect.stringContaining('no agent'),
    })
  })
})

describeWithSshd('an account that is not root', () => {
  let own: Sshd | null = null
  afterEach(async () => {
    await own?.stop()
    own = null
  })

  async function askAs(options: SshdOptions, prepare?: (home: string) => void) {
    own = await Sshd.start(options)
    prepare?.(own.home('operator'))
    return ask(own.ordinaryTarget())
  }

  it('runs the agent by sudo, with the very line that a refusal asks for', async () => {
    const refusal = await askAs({})
    expect(refusal).toMatchObject({
      kind: 'sudo_refused',
      message: expect.stringContaining('without a password'),
      next: expect.stringMatching(/: operator ALL=\(root\) NOPASSWD: sha256:[0-9a-f]{64} \/\S+ ""$/),
    })
    const line = (refusal as { next: string }).next.replace(/^.*\(visudo\): /, '')
    fs.writeFileSync(path.join(own?.folder ?? '', 'sudoers'), `root ALL=(ALL) ALL\n${line}\n`)
    expect(await ask(own?.ordinaryTarget() as SshTarget)).toMatchObject(ran)
  })

  it('is told when sudo wants a terminal', async () => {
    const sudoers = 'Defaults requiretty\noperator ALL=(root) NOPASSWD: ALL'
    expect(await askAs({ sudoers })).toMatchObject({
      kind: 'sudo_refused',
      next: expect.stringContaining('!requiretty'),
    })
  })

  it('is told when its home does not execute', async () => {
    const sudoers = 'operator ALL=(root) NOPASSWD: ALL'
    expect(await askAs({ sudoers, noexecHome: true })).toMatchObject({
      kind: 'agent_failed',
      message: expect.stringContaining('noexec'),
    })
  })

  it('is told when it cannot write to its home', async () => {
    const takeAway = (home: string) => {
      fs.chownSync(home, 0, 0)
      fs.chmodSync(home, 0o755)
    }
    expect(await askAs({}, takeAway)).toMatchObject({
      kind: 'agent_failed',
      message: expect.stringContaining('cannot be made'),
    })
  })
})
