import { randomUUID } from 'node:crypto'
import type { HostKey } from '@/server/ssh/target'
import type { TestStage } from './caller'

/** A credential row whose sealed key is never opened. */
export async function addCredentialRow(stage: TestStage): Promise<string> {
  const id = randomUUID()
  const sealed = { ciphertext: Buffer.alloc(8), iv: Buffer.alloc(12), tag: Buffer.alloc(16) }
  await stage.db.credential.create({
    data: {
      id,
      name: `key ${id}`,
      algorithm: 'ssh-ed25519',
      fingerprint: 'SHA256:x',
      publicKey: '',
      ...sealed,
    },
  })
  return id
}

/** Enters a host as a person would; answers its id. */
export async function addHost(stage: TestStage, name: string, address = `${name}.test`): Promise<string> {
  const credentialId = await addCredentialRow(stage)
  const host = { name, address, port: 22, username: 'root', labels: {} }
  const answer = await stage.caller.hosts.add({ credentialId, hosts: [host] })
  const hostId = answer.type === 'added' ? answer.hostIds[0] : undefined
  if (hostId === undefined) throw new Error(`${name} was not added: ${JSON.stringify(answer)}`)
  return hostId
}

export function hostKey(fingerprint: string): HostKey {
  return { algorithm: 'ssh-ed25519', publicKey: 'AAAA', fingerprint: `SHA256:${fingerprint}` }
}
