import { describe, expect, it } from 'vitest'
import { runFailure } from '@/server/agents/run-failure'

const target = {
  hostId: 'host',
  name: 'node1',
  address: '192.0.2.1',
  port: 22,
  username: 'operator',
  privateKey: '',
  trustedKeys: [],
}
const agent = { sha256: 'a'.repeat(64), uid: 1000, path: '/home/operator/.daxfleet/agent' }
const failure = (stderr: string, { status = 1, uid = agent.uid, allowed = [] as string[] } = {}) =>
  runFailure(target, { ...agent, uid }, { status, signal: null, stderr }, async () => allowed)

describe('an agent that ended without an answer', () => {
  it.each([
    'sudo: a password is required',
    'Sorry, user operator is not allowed to execute /home/operator/agent as root on node1.',
    'sudo: a terminal is required to read the password; either use the -S option',
    'operator is not in the sudoers file.',
  ])('was refused by sudo: %s', async (said) => {
    const error = await failure(said)
    expect(error.kind).toBe('sudo_refused')
    expect(error.next).toContain(`operator ALL=(root) NOPASSWD: sha256:${agent.sha256} ${agent.path} ""`)
  })

  it('is another one than sudo knows, and both are named', async () => {
    const error = await failure('sudo: a password is required', { allowed: ['b'.repeat(64)] })
    expect(error.kind).toBe('sudo_refused')
    expect(error.message).toContain('names sha256:bbbbbbbbbbbb…, needed is sha256:aaaaaaaaaaaa…')
    expect(error.next).toContain(`sha256:${agent.sha256}`)
  })

  it('wants no terminal where only sudo’s configuration asks for one', async () => {
    expect((await failure('sudo: sorry, you must have a tty to run sudo')).next).toContain('!requiretty')
  })

  it('has no sudo to be run by', async () => {
    expect(await failure('/bin/sh: 1: exec: sudo: not found', { status: 127 })).toMatchObject({
      kind: 'sudo_refused',
      next: expect.stringContaining('Install sudo'),
    })
  })

  it.each([
    ['failed by itself, sudo only grumbled', 'sudo: unable to resolve host node1: Name or service not known'],
    ['was removed meanwhile', `sudo: ${agent.path}: command not found`],
    ['may not be executed', `sudo: unable to execute ${agent.path}: Permission denied`],
  ])('%s', async (_, said) => {
    expect((await failure(said)).kind).toBe('agent_failed')
  })

  it('never blames sudo as root', async () => {
    expect((await failure('agent: a password is required', { uid: 0 })).kind).toBe('agent_failed')
  })
})
