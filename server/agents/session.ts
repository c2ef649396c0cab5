import { type AgentReply, type AgentRequest, MAX_LINE_BYTES, PROTOCOL_VERSION } from '@/agents/protocol'
import type { Connection } from '@/server/ssh/connection'
import { clip, describeTarget, noAnswer } from '@/server/ssh/contact-errors'
import { RemoteProcess } from '@/server/ssh/remote-process'
import { ContactError } from '@/server/ssh/target'
import type { Session } from './exchange'
import { AgentFault } from './fault'
import { runCommand } from './host-shell'
import { askAllowedAgents, forgetAgent, type PreparedAgent } from './prepare'
import { replySchema } from './reply-schema'
import { runFailure } from './run-failure'

/** Everything one request may bring back; a journal of 16,384 blocks stays far below. */
const maxOutputBytes = 64 * 1024 * 1024

/** One request to one agent process: the request goes out, replies are read one by one. */
export class AgentSession implements Session {
  private constructor(
    private readonly process: RemoteProcess,
    private readonly connection: Connection,
    private readonly agent: PreparedAgent,
  ) {}

  /** Starts the agent, checks within `helloMs` that it speaks our protocol, and sends the request. */
  static async open(
    connection: Connection,
    agent: PreparedAgent,
    request: AgentRequest,
    { signal, helloMs }: { signal: AbortSignal; helloMs: number },
  ): Promise<AgentSession> {
    // A watch stays for ever and takes no root: sudo would write a line into the host's auth log each time.
    const stands = request.verb === 'watch'
    const through = stands || agent.uid === 0 ? 'account' : 'sudo'
    const process = await RemoteProcess.start(connection, runCommand(agent.sha256, through), {
      signal,
      stands,
      maxLineBytes: MAX_LINE_BYTES,
      maxOutputBytes: stands ? Number.POSITIVE_INFINITY : maxOutputBytes,
    })
    const session = new AgentSession(process, connection, agent)
    process.writeLine(JSON.stringify(request))
    // A sudo that asks somebody, or hangs on a directory server, must not hang us.
    const impatience = setTimeout(() => process.kill(noAnswer(connection.target)), helloMs)
    const hello = await session.next().finally(() => clearTimeout(impatience))
    if (hello.type !== 'hello') throw session.broken(`it began with "${hello.type}" instead of "hello"`)
    if (hello.protocol !== PROTOCOL_VERSION) {
      session.close()
      throw new ContactError(
        'version_mismatch',
        `The agent on ${connection.target.name} (${clip(hello.agentVersion, 40)}) speaks protocol ${hello.protocol}, this server protocol ${PROTOCOL_VERSION}.`,
        'Let the newer server push its own agent, or update this one.',
      )
    }
    return session
  }

  /** The next reply. Rejects with ContactError when the agent ended, erred, or answered what it may not. */
  async next(): Promise<AgentReply> {
    const line = await this.process.nextLine()
    if (line === null) throw await this.ended()
    const reply = parseReply(line)
    if (reply === null) throw this.broken(`it answered "${clip(line, 120)}"`)
    if (reply.type !== 'error') return reply
    this.close()
    throw new AgentFault(
      reply.code,
      `The agent on ${this.connection.target.name} said: ${clip(reply.message)}`,
      clip(reply.next) || 'Probe the host again.',
    )
  }

  send(line: object): void {
    this.process.writeLine(JSON.stringify(line))
  }

  close(): void {
    this.process.kill()
  }

  private broken(what: string): ContactError {
    this.close()
    return new ContactError(
      'agent_failed',
      `The agent on ${describeTarget(this.connection.target)} did not keep to its protocol: ${what}.`,
      'Look at what the account’s shell profile prints, then probe again.',
    )
  }

  private ended(): Promise<ContactError> {
    const end = this.process.end()
    // Perhaps the file went away since it was looked at: the next call looks again.
    forgetAgent(this.connection)
    return runFailure(this.connection.target, this.agent, end, () =>
      askAllowedAgents(this.connection, this.agent.path),
    )
  }
}

function parseReply(line: string): AgentReply | null {
  try {
    return replySchema.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}
