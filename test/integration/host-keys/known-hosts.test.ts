import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runOrThrow } from '@/scripts/lib/child'
import { hostKeyOf } from '@/server/ssh/host-key'
import type { HostKey } from '@/server/ssh/target'
import { createTestStage, type TestStage } from '@/test/support/caller'

let stage: TestStage
let folder: string
const keys: HostKey[] = []
beforeAll(async () => {
  stage = await createTestStage()
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet-known-'))
  for (const name of ['a', 'b', 'c']) {
    await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(folder, name)], {
      timeoutMs: 60_000,
    })
    const [, blob = ''] = fs.readFileSync(path.join(folder, `${name}.pub`), 'utf8').split(' ')
    keys.push(hostKeyOf(Buffer.from(blob, 'base64')))
  }
})
afterAll(async () => {
  fs.rmSync(folder, { recursive: true })
  await stage.close()
})

const line = (names: string, at: number) => `${names} ssh-ed25519 ${keys[at]?.publicKey}`

/** As ssh-keygen -H writes it: every name hashed, with a salt of its own. */
async function hashed(text: string): Promise<string> {
  const file = path.join(folder, 'known_hosts')
  fs.writeFileSync(file, `${text}\n`)
  await runOrThrow('ssh-keygen', ['-q', '-H', '-f', file], { timeoutMs: 60_000 })
  return fs.readFileSync(file, 'utf8')
}

/** A host that was reached and showed a key nobody has looked at. */
async function showing(name: string, at: number, more: { port?: number; trusted?: number } = {}) {
  const id = randomUUID()
  const data = (status: 'pending' | 'trusted', key: HostKey | undefined) => {
    if (key === undefined) throw new Error('no such key')
    return { ...key, status }
  }
  await stage.db.host.create({
    data: {
      id,
      name,
      address: `${name}.example`,
      port: more.port ?? 22,
      username: 'root',
      state: more.trusted === undefined ? 'key_review' : 'key_changed',
      keys: {
        create: [
          data('pending', keys[at]),
          ...(more.trusted === undefined ? [] : [data('trusted', keys[more.trusted])]),
        ],
      },
    },
  })
  return id
}

async function compared(knownHosts: string) {
  const answer = await stage.caller.hostKeys.pending({ knownHosts })
  if (answer.type !== 'read') throw new Error(answer.message)
  return answer
}

describe('keys that wait for a person', () => {
  it('are compared with a file as ssh would read it', async () => {
    await showing('plain', 0)
    await showing('hashed', 0, { port: 2222 })
    await showing('by-name', 1)
    await showing('wild', 1)
    await showing('not-wild', 1)
    await showing('other', 2)
    await showing('revoked', 2)
    await showing('other-port', 2, { port: 2200 })
    await showing('absent', 2)
    await showing('changed', 1, { trusted: 0 })
    const file = [
      '# comment',
      `${line('plain.example,10.0.0.1', 0)} and a remark`,
      line('by-name', 1),
      line('w*.example,!wind.example', 1),
      line('*-wild.example,!not-wild.example', 1),
      line('other.example', 0),
      line('revoked.example', 2),
      `@revoked ${line('*', 2)}`.replace('* ', 'revoked.example '),
      line('other-port.example', 2),
      `@cert-authority ${line('*', 2)}`,
      line('changed.example', 1),
      'nonsense',
      await hashed(line('[hashed.example]:2222', 0)),
    ].join('\r\n')
    const { keys: pending, notices, trustable } = await compared(file)
    expect(
      Object.fromEntries(
        pending.map(({ hostName, verdict, reason }) => [hostName, `${verdict} ${reason}`.trim()]),
      ),
    ).toEqual({
      plain: 'matches',
      hashed: 'matches',
      'by-name': 'matches',
      wild: 'matches',
      'not-wild': 'absent',
      other: 'differs Line 6 of the file has another ssh-ed25519 key for it.',
      revoked: 'revoked Line 8 of the file revokes this key.',
      'other-port': 'absent',
      absent: 'absent',
      changed: 'matches',
    })
    expect(notices).toEqual([
      { line: 10, message: 'Certificate authorities are not used here.' },
      { line: 12, message: 'This is no line of a known_hosts file: names, kind of key, key.' },
    ])
    expect(trustable).toBe(4)
  })

  it('that match are trusted together, audited and probed; a changed key is not among them', async () => {
    const file = [line('plain.example', 0), line('changed.example', 1), line('wild.example', 1)].join('\n')
    const { digest, trustable } = await compared(file)
    expect(trustable).toBe(2)
    expect(await stage.caller.hostKeys.trustMatching({ knownHosts: file, digest })).toEqual({
      type: 'trusted',
      hosts: 2,
    })
    const plain = await stage.db.host.findUniqueOrThrow({ where: { name: 'plain' }, include: { keys: true } })
    expect(plain).toMatchObject({ state: 'new', probeRequestedAt: expect.any(Date) })
    expect(plain.keys).toMatchObject([{ status: 'trusted', reviewedBy: 'ada@example.test' }])
    const audited = await stage.db.auditEntry.findMany({ where: { action: 'host.key_trusted' } })
    expect(audited.map(({ detail }) => detail)).toMatchObject([
      { name: 'plain', comparedWith: 'known_hosts' },
      { name: 'wild', comparedWith: 'known_hosts' },
    ])
    const changed = await stage.db.host.findUniqueOrThrow({
      where: { name: 'changed' },
      include: { keys: true },
    })
    expect(changed.state).toBe('key_changed')
    expect(changed.keys.map(({ status }) => status).toSorted()).toEqual(['pending', 'trusted'])
  })

  it('are not trusted once they are no longer those that were compared', async () => {
    const file = line('by-name', 1)
    const { digest } = await compared(file)
    const host = await stage.db.host.findUniqueOrThrow({ where: { name: 'by-name' } })
    await stage.db.hostKey.updateMany({ where: { hostId: host.id }, data: { fingerprint: 'SHA256:other' } })
    expect(await stage.caller.hostKeys.trustMatching({ knownHosts: file, digest })).toMatchObject({
      type: 'refused',
      message: expect.stringContaining('Nothing was trusted'),
    })
    expect(await stage.db.hostKey.count({ where: { hostId: host.id, status: 'pending' } })).toBe(1)
  })

  it('are told where a file would be hashed for too long', async () => {
    const host = 'absent.example'
    const one = (await hashed(line(host, 0))).trim()
    const file = `${one}\n`.repeat(9_000)
    await stage.pg.query(
      `WITH hosts AS (INSERT INTO "Host" (id, name, address, username, state)
         SELECT gen_random_uuid(), 'many-' || n, 'many-' || n || '.example', 'root', 'key_review'
         FROM generate_series(1, 100) AS n RETURNING id)
       INSERT INTO "HostKey" (id, "hostId", algorithm, "publicKey", fingerprint)
       SELECT gen_random_uuid(), id, 'ssh-ed25519', 'x', 'SHA256:x' FROM hosts`,
    )
    expect(await stage.caller.hostKeys.pending({ knownHosts: file })).toMatchObject({
      type: 'refused',
      next: expect.stringContaining('plain names'),
    })
  })
})
