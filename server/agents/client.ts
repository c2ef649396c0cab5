import type { AgentRequest } from '@/agents/protocol'
import type { Connection } from '@/server/ssh/connection'
import type { SshPool } from '@/server/ssh/pool'
import type { SshTarget } from '@/server/ssh/target'
import { createExchange, type ExchangeLimits, type Session } from './exchange'
import type { AgentClient } from './port'
import { type AgentBinaries, prepareAgent } from './prepare'
import { AgentSession } from './session'

export interface AgentClientOptions extends ExchangeLimits {
  pool: SshPool
  binaries: AgentBinaries
  /** Told once a connection where the agent lies on a host; never rejects. */
  notePath?: (hostId: string, path: string) => Promise<void>
}

/** Speaks the agent's protocol over pooled SSH connections. */
export function createAgentClient(options: AgentClientOptions): AgentClient {
  const { pool, binaries, answerMs, notePath } = options

  async function begin(
    connection: Connection,
    request: AgentRequest,
    signal: AbortSignal,
  ): Promise<AgentSession> {
    const agent = await prepareAgent(connection, binaries, { signal, deadlineMs: answerMs, notePath })
    return AgentSession.open(connection, agent, request, { signal, helloMs: answerMs })
  }

  /**
   * Opens a session for one request and hands it to `work`; the channel is closed whatever happens. A connection
   * that stood for a while may turn out dead, or sshd may refuse it another session: then one fresh connection is
   * tried. Safe for every verb, since an agent that got no further than `hello` has done nothing.
   */
  async function withSession<T>(
    target: SshTarget,
    request: AgentRequest,
    signal: AbortSignal,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    for (let isLast = false; ; isLast = true) {
      const answer = await pool.use(target, signal, async (connection) => {
        const session = await begin(connection, request, signal).catch((error: unknown) => {
          if (isLast || connection.isUsable || signal.aborted) throw error
          return null
        })
        if (session === null) return null
        try {
          return { value: await work(session) }
        } finally {
          session.close()
        }
      })
      if (answer !== null) return answer.value
    }
  }

  return { ...createExchange(withSession, options), close: () => pool.close() }
}
