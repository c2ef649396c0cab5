import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addAgent, addCredential } from '@/server/credentials/service'
import { testCredential } from '@/server/credentials/test-credential'
import { forgetConfig } from '@/server/lib/config'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { describeWithSshd, Sshd, strangerKey } from '@/test/support/sshd'

let stage: TestStage
let sshd: Sshd
let folder: string
let agent: ChildProcess
const before = { ...process.env }

beforeAll(async () => {
  stage = await createTestStage()
  sshd = await Sshd.start({ config: ['PubkeyAcceptedAlgorithms ssh-ed25519,rsa-sha2-256,rsa-sha2-512'] })
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet agent '))
  const socket = path.join(folder, 'socket')
  Object.assign(process.env, { DATA_DIR: folder, SSH_AUTH_SOCK: socket })
  forgetConfig()
  agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] })
  await new Promise((resolve) => agent.stdout?.once('data', resolve))
})
afterAll(async () => {
  agent.kill()
  await sshd.stop()
  await stage.close()
  fs.rmSync(folder, { recursive: true, force: true })
  process.env = before
  forgetConfig()
})

async function addHost(name: string, change: { port?: number; trusted?: boolean } = {}): Promise<string> {
  const { address, port, username, trustedKeys } = sshd.target()
  const keys =
    change.trusted === false ? [] : trustedKeys.map((key) => ({ ...key, status: 'trusted' as const }))
  const host = await stage.db.host.create({
    data: { name, address, port: change.port ?? port, username, keys: { create: keys } },
  })
  return host.id
}

async function addKey(name: string, privateKey: string): Promise<string> {
  const added = await addCredential(stage, { name, privateKey })
  if (added.type !== 'added') throw new Error(added.message)
  return added.credential.id
}

describeWithSshd('testing a credential on a host', () => {
  it('signs in and runs nothing, with a stored key and with the agent’s, and says where it got stuck', async () => {
    const hostId = await addHost('db-1')
    const { privateKey } = sshd.target()
    const credentialId = await addKey('right', privateKey)
    expect(await testCredential(stage, { credentialId, hostId })).toEqual({ type: 'passed' })
    expect(sshd.log).toContain('Accepted publickey')

    const stranger = await addKey('stranger', await strangerKey())
    expect(await testCredential(stage, { credentialId: stranger, hostId })).toMatchObject({
      type: 'failed',
      step: 'sign_in',
      next: expect.stringContaining('authorized_keys'),
    })

    await stage.db.host.update({ where: { id: hostId }, data: { keys: { deleteMany: {} } } })
    expect(await testCredential(stage, { credentialId, hostId })).toMatchObject({ step: 'host_key' })
    await stage.db.host.update({ where: { id: hostId }, data: { port: 1 } })
    expect(await testCredential(stage, { credentialId, hostId })).toMatchObject({ step: 'connect' })
    // Starting session: what sshd logs as soon as anything is run.
    expect(sshd.log).not.toContain('Starting session')
    const audit = await stage.db.auditEntry.findMany({
      where: { action: 'credential.tested' },
      orderBy: { id: 'asc' },
    })
    expect(audit.map(({ detail }) => (detail as { result: string }).result)).toEqual([
      'passed',
      'sign_in',
      'host_key',
      'connect',
    ])
  })

  it('asks the ssh-agent of the settings, and tells when it has no fitting key or is gone', async () => {
    const hostId = await addHost('db-2', { port: sshd.port, trusted: true })
    const added = await addAgent(stage, { name: 'ssh-agent' })
    if (added.type !== 'added') throw new Error(added.message)
    const { id: credentialId } = added.credential
    expect(await testCredential(stage, { credentialId, hostId })).toMatchObject({
      type: 'failed',
      step: 'sign_in',
    })
    const file = path.join(folder, 'key')
    fs.writeFileSync(file, sshd.target().privateKey, { mode: 0o600 })
    execFileSync('ssh-add', ['-q', file], { stdio: 'ignore' })
    expect(await testCredential(stage, { credentialId, hostId })).toEqual({ type: 'passed' })

    delete process.env.SSH_AUTH_SOCK
    forgetConfig()
    expect(await testCredential(stage, { credentialId, hostId })).toMatchObject({
      step: 'sign_in',
      message: expect.stringContaining('SSH_AUTH_SOCK is not set'),
    })
    expect(await addAgent(stage, { name: 'another' })).toMatchObject({ type: 'refused' })
  })

  it('goes through the host’s jump host, which keeps its own credential', async () => {
    const { privateKey } = sshd.target()
    const gateKey = await addKey('gate', privateKey)
    const credentialId = await addKey('behind', privateKey)
    const gate = await Sshd.start()
    const { address, port, username, trustedKeys } = gate.target()
    const keys = { create: trustedKeys.map((key) => ({ ...key, status: 'trusted' as const })) }
    const { id: jumpHostId } = await stage.db.host.create({
      data: {
        name: 'gate',
        address,
        port,
        username,
        keys,
        credentialId: await addKey('own', gate.target().privateKey),
      },
    })
    const hostId = (await stage.db.host.findFirstOrThrow({ where: { name: 'db-2' } })).id
    await stage.db.host.update({ where: { id: hostId }, data: { jumpHostId } })
    try {
      expect(await testCredential(stage, { credentialId, hostId })).toEqual({ type: 'passed' })
      expect(gate.log.match(/Accepted publickey/g)).toHaveLength(1)
      expect(gate.log).not.toContain('Starting session')
      await stage.db.host.update({ where: { id: jumpHostId }, data: { credentialId: gateKey } })
      expect(await testCredential(stage, { credentialId, hostId })).toMatchObject({
        step: 'connect',
        message: expect.stringContaining('gate'),
      })
    } finally {
      await stage.db.host.update({ where: { id: hostId }, data: { jumpHostId: null } })
      await gate.stop()
    }
  })

  it('signs with SHA-2 for an RSA key', async () => {
    const file = path.join(folder, 'rsa')
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', file])
    const credentialId = await addKey('rsa', fs.readFileSync(file, 'utf8'))
    const authorized = path.join(sshd.folder, 'authorized_keys')
    fs.appendFileSync(authorized, fs.readFileSync(`${file}.pub`))
    const hostId = (await stage.db.host.findFirstOrThrow({ where: { name: 'db-2' } })).id
    expect(await testCredential(stage, { credentialId, hostId })).toEqual({ type: 'passed' })
  })
})
