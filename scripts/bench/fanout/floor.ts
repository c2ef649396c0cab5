import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { AgentReply } from '@/agents/protocol'
import { lookCommand, runCommand } from '@/server/agents/host-shell'
import type { Farm } from './farm'
import { connectPlain, type PlainConnection } from './plain-ssh'

/**
 * What the product says to a host in a rollout of one device, and nothing else: the same connections, commands and
 * requests, with no database, no lease, no policy and no check of what comes back but the device's driver.
 */
export class Floor {
  private readonly connections = new Map<number, PlainConnection>()

  private constructor(
    private readonly farm: Farm,
    private readonly privateKey: Buffer,
  ) {}

  static async over(farm: Farm): Promise<Floor> {
    return new Floor(farm, await readFile(path.join(farm.folder, 'client')))
  }

  /** Every host once, so many at a time; connections stay open for the next time. */
  async run(parallel: number): Promise<void> {
    const waiting = [...this.farm.ports]
    const lane = async () => {
      for (let port = waiting.shift(); port !== undefined; port = waiting.shift()) await this.convert(port)
    }
    await Promise.all(Array.from({ length: parallel }, lane))
  }

  close(): void {
    for (const connection of this.connections.values()) connection.close()
    this.connections.clear()
  }

  private async convert(port: number): Promise<void> {
    const { sha256 } = this.farm.agent
    let connection = this.connections.get(port)
    if (connection === undefined) {
      connection = await connectPlain(port, this.privateKey)
      this.connections.set(port, connection)
      await connection.run(lookCommand([sha256]), null)
    }
    const open = connection
    const ask = (verb: string, params: object) =>
      open.run(runCommand(sha256, 'account'), { protocol: 1, verb, params })
    const inspection = find(await ask('inspect', {}), 'inspection')
    const deviceId = inspection?.inspection.devices[0]?.identity.id
    const planned = find(await ask('plan', { deviceId, zone: 'movable', reservedBytes: '0' }), 'plan')
    const { item, digest } = planned?.plan ?? {}
    const token = { installationId: 'floor', epoch: '1' }
    await ask('convert', { jobId: '00000000-0000-4000-8000-000000000000', token, item, digest })
    const after = find(await ask('inspect', {}), 'inspection')
    if (after?.inspection.devices[0]?.driver !== 'kmem') throw new Error(`Port ${port} was not converted.`)
  }
}

function find<Type extends AgentReply['type']>(replies: AgentReply[], type: Type) {
  const isAsked = (reply: AgentReply): reply is Extract<AgentReply, { type: Type }> => reply.type === type
  return replies.find(isAsked)
}
