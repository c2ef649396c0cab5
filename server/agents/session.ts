import { type AgentReply, type AgentRequest, MAX_LINE_BYTES, PROTOCOL_VERSION } from '@/agents/protocol'
import type { Connection } from '@/server/ssh/connection'
import { clip } from '@/server/ssh/contact-errors'
import { RemoteProcess } from '@/server/ssh/remote-process'
import { ContactError } from '@/server/ssh/target'
import { runCommand } from './host-shell'
import type { PreparedAgent } from './prepare'
import { replySchema } from './reply-schema'

/** Everything one request may bring back; a journal of 16,384 blocks stays far below. */
const maxOutputBytes = 64 * 1024 * 1024

/** One request to one agent process: the request goes out, replies are read one by one. */
export class AgentSession {
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
    const process = await RemoteProcess.start(connection, runCommand(agent.sha256, agent.uid), {
      signal,
      maxLineBytes: MAX_LINE_BYTES,
      maxOutputBytes,
    })
    const session = new AgentSession(process, connection, agent)
    process.writeLine(JSON.stringify(request))
    // A sudo that asks somebody, or hangs on a directory server, must not hang us.
    const impatience = setTimeout(() => process.kill(), helloMs)
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
    if (line === null) throw this.ended()
    const reply = parseReply(line)
    if (reply === null) throw this.broken(`it answered "${clip(line, 120)}"`)
    if (reply.type !== 'error') return reply
    this.close()
    const kind = reply.code === 'protocol_mismatch' ? 'version_mismatch' : 'agent_failed'
    throw new ContactError(
      kind,
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
      `The agent on ${this.connection.target.name} did not keep to its protocol: ${what}.`,
      'Look at what the account’s shell profile prints, then probe again.',
    )
  }

  private ended(): ContactError {
    const { name, username } = this.connection.target
    const { status, signal, stderr } = this.process.end()
    if (this.agent.uid !== 0 && /sudo|password|not allowed|not found|a terminal/i.test(stderr)) {
      return new ContactError(
        'sudo_refused',
        `${username} on ${name} may not run the agent with sudo: ${stderr || 'no reason given'}.`,
        `Add to sudoers on the host: ${username} ALL=(root) NOPASSWD: sha256:${this.agent.sha256} ${this.agent.path} ""`,
      )
    }
    if (status === 126) {
      return new ContactError(
        'agent_failed',
        `${name} does not execute programs from ${this.agent.path} (mounted noexec?).`,
        'Give the account a home on a file system mounted without noexec.',
      )
    }
    const how = signal === null ? `with status ${status ?? 'unknown'}` : `by ${signal}`
    return new ContactError(
      'agent_failed',
      `The agent on ${name} ended ${how} without an answer${stderr === '' ? '' : `: ${stderr}`}.`,
      'Probe again; if it stays so, look at the host’s log.',
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
