import {
  type AgentReply,
  type AgentRequest,
  type GoLine,
  PROTOCOL_VERSION,
  type Refusal,
  type RequestParams,
} from '@/agents/protocol'
import { deadlineSignal } from '@/server/lib/deadline'
import { onSilence } from '@/server/lib/silence'
import { describeTarget, lostContact } from '@/server/ssh/contact-errors'
import { ContactError, type SshTarget } from '@/server/ssh/target'
import { AgentFault } from './fault'
import type { AgentClient, TailEnd, TailHandlers } from './port'

/** One request to one agent process, after its `hello`. */
export interface Session {
  /** The next reply. Rejects with ContactError when the agent ended, erred, or answered what it may not. */
  next(): Promise<AgentReply>
  send(line: object): void
  close(): void
}

/** Opens a session for one request and hands it to `work`; it is closed whatever happens. */
export type WithSession = <T>(
  target: SshTarget,
  request: AgentRequest,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
) => Promise<T>

export interface ExchangeLimits {
  /** For one question and its answer. */
  answerMs: number
  /** A tail in which nothing comes for this long, not even `waiting` (about every second), has lost its host. */
  silenceMs: number
}

/** How a tail ended: as the agent told, or refused, or with no `go` from our side. */
type Tailed = Extract<AgentReply, { type: 'end' }>['state'] | { refusal: Refusal }
/** Gives what goes into the go line; null sends none. */
type Ready = (ready: Extract<AgentReply, { type: 'ready' }>) => Promise<Omit<GoLine, 'go'> | null>

/** What is said for each verb, over whatever carries it. */
export function createExchange(
  withSession: WithSession,
  { answerMs, silenceMs }: ExchangeLimits,
): Omit<AgentClient, 'close'> {
  function ask<Type extends AgentReply['type']>(
    target: SshTarget,
    request: AgentRequest,
    types: readonly Type[],
    signal: AbortSignal,
  ): Promise<Extract<AgentReply, { type: Type }>> {
    const bounded = deadlineSignal(answerMs, signal)
    return withSession(target, request, bounded, async (session) => {
      const reply = await session.next()
      if (isType(reply, types)) return reply
      throw unexpected(target, reply)
    })
  }

  /** The next reply, or `lost_contact` after too long a silence. */
  async function heard(session: Session, target: SshTarget, withinMs: number): Promise<AgentReply> {
    let listening = () => {}
    const silence = new Promise<never>((_, reject) => {
      listening = onSilence(withinMs, () => {
        reject(lostContact(target, `nothing came for ${withinMs / 1000} s`))
        session.close()
      })
    })
    try {
      return await Promise.race([session.next(), silence])
    } finally {
      listening()
    }
  }

  /** Follows a journal to its end; `onReady` is given for what may write only. */
  async function tail(
    session: Session,
    target: SshTarget,
    handlers: TailHandlers,
    onReady?: Ready,
  ): Promise<Tailed> {
    let asked = onReady === undefined
    for (;;) {
      // Up to `ready` the agent waits for the lock and reads the whole host, and has no `waiting` to say meanwhile.
      const reply = await heard(session, target, asked ? silenceMs : answerMs)
      if (reply.type === 'journal') await handlers.onJournal(reply.line)
      else if (reply.type === 'waiting') handlers.onWaiting?.(reply.onLine, reply.forMs)
      else if (reply.type === 'end') return reply.state
      else if (reply.type === 'refused') return { refusal: reply.refusal }
      else if (reply.type === 'ready' && onReady !== undefined && !asked) {
        asked = true
        const answer = await onReady(reply)
        // Without `go` the agent ends by itself; closing the channel only tells it sooner.
        if (answer === null) return 'finished'
        session.send({ go: reply.nonce, ...answer } satisfies GoLine)
      } else throw unexpected(target, reply)
    }
  }

  return {
    inspect: async (target, { signal }) =>
      (await ask(target, request('inspect', {}), ['inspection'], signal)).inspection,
    plan: async (target, params, { signal }) =>
      (await ask(target, request('plan', params), ['plan'], signal)).plan,
    act: (target, params, { onReady, ...handlers }) =>
      withSession(target, request(params.item.kind, params), handlers.signal, async (session) =>
        plainEnd(
          target,
          await tail(session, target, handlers, async ({ digest, sample = null }) =>
            (await onReady(digest, sample)) ? {} : null,
          ),
        ),
      ),
    attach: (target, params, handlers) =>
      withSession(target, request('attach', params), handlers.signal, async (session) => {
        try {
          return plainEnd(target, await tail(session, target, handlers))
        } catch (error) {
          if (error instanceof AgentFault && error.code === 'no_journal') return 'no_journal'
          throw error
        }
      }),
    fence: (target, params, { signal }) =>
      ask(target, request('fence', params), ['fenced', 'held', 'refused'], signal),
    recover: (target, params, { onReady, ...handlers }) =>
      withSession(target, request('recover', params), handlers.signal, (session) =>
        tail(session, target, handlers, async ({ digest }) => {
          const direction = await onReady(digest)
          return direction === null ? null : { direction }
        }),
      ),
    abort: (target, params, { signal }) =>
      ask(target, request('abort', params), ['abort_noted', 'refused'], signal),
    adopt: (target, params, { signal }) =>
      ask(target, request('adopt', params), ['adopted', 'held', 'refused'], signal),
    policy: (target, params, { signal }) =>
      ask(target, request('policy', params), ['policy', 'held', 'refused'], signal),
    watch: (target, params, { signal, onSample }) =>
      withSession(target, request('watch', params), signal, async (session) => {
        for (;;) {
          const reply = await heard(session, target, 3 * params.everyMs)
          if (reply.type !== 'sample') throw unexpected(target, reply)
          await onSample(reply.sample)
        }
      }),
  }
}

function request<Verb extends AgentRequest['verb']>(verb: Verb, params: RequestParams[Verb]): AgentRequest {
  // Each member pairs a verb with its own params; TypeScript does not follow that through the type parameter.
  return { protocol: PROTOCOL_VERSION, verb, params } as AgentRequest
}

function isType<Type extends AgentReply['type']>(
  reply: AgentReply,
  types: readonly Type[],
): reply is Extract<AgentReply, { type: Type }> {
  return types.some((type) => type === reply.type)
}

/** Acting and attaching have two ends; the others are recover's. */
function plainEnd(target: SshTarget, end: Tailed): TailEnd {
  if (end === 'finished' || end === 'abandoned') return end
  if (typeof end === 'string') throw unexpected(target, { type: 'end', state: end })
  throw unexpected(target, { type: 'refused', refusal: end.refusal })
}

function unexpected(target: SshTarget, reply: AgentReply): ContactError {
  return new ContactError(
    'agent_failed',
    `The agent on ${describeTarget(target)} answered "${reply.type}" where that makes no sense.`,
    'Probe the host again.',
  )
}
