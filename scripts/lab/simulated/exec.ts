import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { ServerChannel } from 'ssh2'
import type { SimulatedMachine } from './host'
import { readCommand } from './shell'

/** As a broken profile, or a wrapper, prints it in place of the agent's lines. */
const GARBAGE = 'Last login: Mon Nov 23 06:00:01 on pts/0\n\u001b[31m*** maintenance ***\u001b[0m\n{"type":\n'

const HOMES: Record<string, string> = { root: '/root' }

/** Runs one command line of an account on a simulated host, over an SSH channel. */
export async function execute(
  host: SimulatedMachine,
  account: string,
  text: string,
  channel: ServerChannel,
): Promise<void> {
  // The other end may be gone while we write.
  channel.on('error', () => {})
  await host.hesitate()
  const command = readCommand(text)
  const uid = account === 'root' ? 0 : 1000
  const say = (line: string) => channel.write(`${line}\n`)
  switch (command.do) {
    case 'look': {
      say(`uid=${uid}`)
      say(`machine=${host.machine.spec.architecture}`)
      say(`home=${HOMES[account] ?? `/home/${account}`}`)
      if (host.agents.size > 0) say(`folder=${uid} 700`)
      for (const digest of command.digests)
        if (host.agents.has(digest)) say(`agent=${digest} ${uid} 700 ${digest}  -`)
      say('looked=yes')
      return end(channel, 0)
    }
    case 'place': {
      if ((await digestOf(channel)) !== command.digest) {
        say('problem=what arrived is not what was sent')
        return end(channel, 1)
      }
      host.agents.add(command.digest)
      say('placed=yes')
      return end(channel, 0)
    }
    case 'run':
      return runAgent(host, command.digest, command.as === 'root' ? 0 : uid, channel)
    case 'unknown':
      channel.stderr.write(`sh: 1: ${command.program}: not found\n`)
      return end(channel, 127)
  }
}

/** SHA-256 of all that comes on stdin. */
function digestOf(channel: ServerChannel): Promise<string> {
  const hash = createHash('sha256')
  channel.on('data', (chunk: Buffer) => hash.update(chunk))
  return new Promise((resolve) => channel.once('end', () => resolve(hash.digest('hex'))))
}

async function runAgent(
  host: SimulatedMachine,
  digest: string,
  uid: number,
  channel: ServerChannel,
): Promise<void> {
  if (!host.agents.has(digest)) {
    channel.stderr.write(`sh: 1: ~/.daxfleet/agent-${digest}: not found\n`)
    return end(channel, 127)
  }
  if (host.fault === 'garbage') {
    channel.write(GARBAGE)
    return end(channel, 0)
  }
  const session = host.start(uid, (line) => {
    if (channel.destroyed || !channel.writable) return false
    channel.write(`${line}\n`)
    return true
  })
  createInterface({ input: channel, crlfDelay: 0 })
    .on('line', (line) => session.send(line))
    .on('close', () => session.endInput())
  channel.on('close', () => session.hangUp())
  const status = await session.ended
  if (status === null) {
    channel.exit('KILL', false, '')
    channel.end()
  } else end(channel, status)
}

function end(channel: ServerChannel, status: number): void {
  channel.exit(status)
  channel.end()
}
