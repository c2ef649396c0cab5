import { type AgentReply, type AgentRequest, type GoLine, PROTOCOL_VERSION } from '@/agents/protocol'
import { deadlineSignal } from '@/server/lib/deadline'
import type { Connection } from '@/server/ssh/connection'
import { describeTarget, lostContact } from '@/server/ssh/contact-errors'
import type { SshPool } from '@/server/ssh/pool'
import { ContactError, type SshTarget } from '@/server/ssh/target'
import type { AgentClient, TailEnd, TailHandlers } from './port'
import { type AgentBinaries, prepareAgent } from './prepare'
import { AgentSession } from './session'

export interface AgentClientOptions {
  pool: SshPool
  binaries: AgentBinaries
  /** For one question and its answer. */
  answerMs: number
  /** A tail in which nothing comes for this long, not even `waiting` (about every second), has lost its host. */
  silenceMs: number
}

/** Speaks the agent's protocol over pooled SSH connections. */
export function createAgentClient(options: AgentClientOptions): AgentClient {
  const { pool, binaries, answerMs, silenceMs } = options

  async function begin(
    connection: Connection,
    request: AgentRequest,
    signal: AbortSignal,
  ): Promise<AgentSession> {
    const agent = await prepareAgent(connection, binaries, { signal, deadlineMs: answerMs })
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
    work: (session: AgentSession) => Promise<T>,
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

  function ask<Type extends AgentReply['type']>(
    target: SshTarget,
    request: AgentRequest,
    type: Type,
    signal: AbortSignal,
  ): Promise<Extract<AgentReply, { type: Type }>> {
    const bounded = deadlineSignal(answerMs, signal)
    return withSession(target, request, bounded, async (session) => {
      const reply = await session.next()
      if (isType(reply, type)) return reply
      throw unexpected(target, reply)
    })
  }

  /** The next reply, or `lost_contact` after too long a silence. */
  async function heard(session: AgentSession, target: SshTarget): Promise<AgentReply> {
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(lostContact(target, `nothing came for ${silenceMs / 1000} s`))
        session.close()
      }, silenceMs)
    })
    try {
      return await Promise.race([session.next(), silence])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Follows a journal to its end; `onReady` is given for a conversion only. */
  async function tail(
    session: AgentSession,
    target: SshTarget,
    handlers: TailHandlers & { onReady?: (digest: string) => Promise<boolean> },
  ): Promise<TailEnd> {
    let asked = handlers.onReady === undefined
    for (;;) {
      const reply = await heard(session, target)
      if (reply.type === 'journal') await handlers.onJournal(reply.line)
      else if (reply.type === 'waiting') handlers.onWaiting?.(reply.onLine, reply.forMs)
      else if (reply.type === 'end') return reply.state
      else if (reply.type === 'ready' && handlers.onReady !== undefined && !asked) {
        asked = true
        // Without `go` the agent ends by itself; closing the channel only tells it sooner.
        if (!(await handlers.onReady(reply.digest))) return 'finished'
        session.send({ go: reply.nonce } satisfies GoLine)
      } else throw unexpected(target, reply)
    }
  }

  return {
    inspect: async (target, { signal }) => {
      const request: AgentRequest = { protocol: PROTOCOL_VERSION, verb: 'inspect', params: {} }
      return (await ask(target, request, 'inspection', signal)).inspection
    },
    plan: async (target, params, { signal }) => {
      const request: AgentRequest = { protocol: PROTOCOL_VERSION, verb: 'plan', params }
      return (await ask(target, request, 'plan', signal)).plan
    },
    convert: (target, params, handlers) => {
      const request: AgentRequest = { protocol: PROTOCOL_VERSION, verb: 'convert', params }
      return withSession(target, request, handlers.signal, (session) => tail(session, target, handlers))
    },
    attach: (target, params, { signal, ...handlers }) => {
      const request: AgentRequest = { protocol: PROTOCOL_VERSION, verb: 'attach', params }
      return withSession(target, request, signal, (session) => tail(session, target, handlers))
    },
    close: () => pool.close(),
  }
}

function isType<Type extends AgentReply['type']>(
  reply: AgentReply,
  type: Type,
): reply is Extract<AgentReply, { type: Type }> {
  return reply.type === type
}

function unexpected(target: SshTarget, reply: AgentReply): ContactError {
  return new ContactError(
    'agent_failed',
    `The agent on ${describeTarget(target)} answered "${reply.type}" where that makes no sense.`,
    'Probe the host again.',
  )
}
