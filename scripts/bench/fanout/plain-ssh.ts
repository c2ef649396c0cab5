import { createInterface } from 'node:readline'
import { Client } from 'ssh2'
import type { AgentReply } from '@/agents/protocol'

export interface PlainConnection {
  /** A command with, when there is one, a request on its stdin; `ready` is answered with go. All its JSON lines. */
  run(command: string, request: object | null): Promise<AgentReply[]>
  close(): void
}

/** ssh2 as it is: no pool, no policy of host keys, no deadlines but its own. */
export function connectPlain(port: number, privateKey: Buffer): Promise<PlainConnection> {
  const client = new Client()
  return new Promise((resolve, reject) => {
    client.once('error', reject)
    client.once('ready', () =>
      resolve({ run: (command, request) => run(client, command, request), close: () => client.end() }),
    )
    client.connect({ host: '127.0.0.1', port, username: 'root', privateKey, readyTimeout: 120_000 })
  })
}

function run(client: Client, command: string, request: object | null): Promise<AgentReply[]> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error)
      const replies: AgentReply[] = []
      createInterface({ input: channel }).on('line', (line) => {
        if (!line.startsWith('{')) return
        const reply: AgentReply = JSON.parse(line)
        replies.push(reply)
        if (reply.type === 'ready') channel.write(`${JSON.stringify({ go: reply.nonce })}\n`)
      })
      channel.once('close', () => resolve(replies))
      channel.stderr.resume()
      if (request === null) channel.end()
      else channel.write(`${JSON.stringify(request)}\n`)
    })
  })
}
