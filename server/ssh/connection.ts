import type { Duplex } from 'node:stream'
import { Client, type ClientChannel } from 'ssh2'
import { authenticationOf } from './authentication'
import { Slots } from './channel-slots'
import {
  connectFailure,
  lostContact,
  notForwarded,
  refusedChannel,
  stopped,
  untrustedKey,
} from './contact-errors'
import { hostKeyOf, hostKeyPreference } from './host-key'
import { isTooManySessions, openChannel } from './open-channel'
import type { ContactError, HostKey, SshTarget } from './target'

/** Below sshd's default MaxSessions of ten, one left for a person. */
const channelsPerConnection = 8
/** A silent peer is given up after three unanswered keepalives. */
const keepaliveIntervalMs = 5_000
const keepaliveCountMax = 3

/** One authenticated connection to one host whose key was verified. */
export class Connection {
  private readonly slots = new Slots(channelsPerConnection)
  private lost: ContactError | null = null
  private readonly retirement = new AbortController()
  /** Channels that stay until somebody needs their room: they give way, since nobody waits for what they tell. */
  private readonly standing = new Set<ClientChannel>()
  private readonly gaveWay = new WeakSet<ClientChannel>()
  /** This host has no room for channels that stay. */
  private crowded = false
  /** Resolves once it is gone, for whatever reason. */
  readonly closed: Promise<void>

  private constructor(
    private readonly client: Client,
    readonly target: SshTarget,
  ) {
    // ssh2 emits 'error' for what happens later too; without a listener it would end the process.
    client.on('error', (error) => {
      this.lost ??= lostContact(target, error.message)
    })
    this.closed = new Promise((resolve) => {
      client.on('close', () => {
        this.lost ??= lostContact(target, 'the connection was closed')
        resolve()
      })
    })
  }

  /**
   * Connects, verifies the host key, authenticates. Rejects with ContactError: `key_review` with no trusted key,
   * `key_changed` with another one, `auth_refused`, `unreachable`, `timed_out`. `sock` is a way there that stands already.
   */
  static open(
    target: SshTarget,
    options: { connectMs: number; signal: AbortSignal; sock?: Duplex },
  ): Promise<Connection> {
    const { signal, connectMs, sock } = options
    return new Promise((resolve, reject) => {
      const client = new Client()
      let shown: HostKey | null = null
      const onAbort = () => fail(stopped(target, signal))
      const settle = () => {
        signal.removeEventListener('abort', onAbort)
        client.removeAllListeners()
      }
      const fail = (error: ContactError) => {
        settle()
        client.on('error', () => {}) // the socket may still complain while it goes
        client.destroy()
        reject(error)
      }
      if (signal.aborted) return fail(stopped(target, signal))
      signal.addEventListener('abort', onAbort, { once: true })
      client.once('ready', () => {
        settle()
        resolve(new Connection(client, target))
      })
      client.once('error', (error) =>
        fail(shown === null ? connectFailure(target, error) : untrustedKey(target, shown)),
      )
      client.once('close', () => fail(connectFailure(target, new Error('the connection was closed'))))
      try {
        client.connect({
          ...(sock === undefined ? { host: target.address, port: target.port } : { sock }),
          username: target.username,
          ...authenticationOf(target),
          readyTimeout: connectMs,
          keepaliveInterval: keepaliveIntervalMs,
          keepaliveCountMax,
          algorithms: { serverHostKey: hostKeyPreference(target.trustedKeys) },
          hostVerifier: (blob: Buffer) => {
            const key = hostKeyOf(blob)
            const trusted = target.trustedKeys.some((known) => known.publicKey === key.publicKey)
            if (!trusted) shown = key
            return trusted
          },
        })
      } catch (error) {
        // ssh2 throws at once for a key it cannot read.
        fail(connectFailure(target, error instanceof Error ? error : new Error(String(error))))
      }
    })
  }

  /** Fit for another channel. */
  get isUsable(): boolean {
    return this.lost === null && !this.retirement.signal.aborted
  }

  /** Lets nobody new in, not even who waits; whoever is on it may finish. The pool closes it after the last one. */
  retire(): void {
    this.retirement.abort(new Error('its sessions are all taken'))
    // What stays would keep a connection that nobody else may use any more.
    this.endStanding()
  }

  /** This channel stood, and its room was needed. */
  hasGivenWay(channel: ClientChannel): boolean {
    return this.gaveWay.has(channel)
  }

  /** Why this channel was cut. */
  whyClosed(channel: ClientChannel): ContactError {
    if (this.lost !== null) return this.lost
    return this.gaveWay.has(channel)
      ? noRoomToStay(this.target)
      : lostContact(this.target, 'the channel was closed')
  }

  /**
   * Opens a channel running `command`; waits for a free slot. The slot is given back when the channel closes. One that
   * `stands` is closed here as soon as another needs its room.
   */
  async exec(command: string, signal: AbortSignal, { stands = false } = {}): Promise<ClientChannel> {
    for (;;) {
      if (stands && this.crowded) {
        throw noRoomToStay(this.target)
      }
      const release = await this.slots
        .take(AbortSignal.any([signal, this.retirement.signal]))
        .catch((reason: Error) => {
          throw signal.aborted ? stopped(this.target, signal) : refusedChannel(this.target, reason)
        })
      const givenBack = this.slots.givenBack
      const answer = await openChannel(this.client, command, signal, release).catch((error: unknown) => {
        throw signal.aborted ? stopped(this.target, signal) : (this.lost ?? error)
      })
      if (!(answer instanceof Error)) {
        if (stands) this.keepStanding(answer)
        return answer
      }
      if (this.lost !== null) throw this.lost
      // Ours beside this one (which is given back by now) while we asked: they may have been what filled it.
      const company = this.slots.inUse > 0 || this.slots.givenBack > givenBack + 1
      if (!isTooManySessions(answer) || !company) {
        // Sessions we closed may live on over there: a fresh connection starts without them.
        this.retire()
        throw refusedChannel(this.target, answer)
      }
      // Its MaxSessions is smaller than ours: wait for one of our own channels to close, as if it were full.
      this.slots.shrinkTo(this.slots.inUse)
      this.crowded = true
      this.endStanding()
    }
  }

  /**
   * A way from this host on to `next`, which knows nothing of what passes: the connection inside is verified and encrypted
   * by itself. Not one of its sessions (MaxSessions does not count it), and no agent goes along.
   */
  forward(next: SshTarget, signal: AbortSignal): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(stopped(next, signal))
      if (signal.aborted) return onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      const settle = (error: Error | undefined, channel?: Duplex) => {
        signal.removeEventListener('abort', onAbort)
        if (error !== undefined || channel === undefined)
          reject(this.lost ?? notForwarded(this.target, next, error ?? new Error('no channel')))
        else if (signal.aborted) channel.destroy()
        else resolve(channel)
      }
      try {
        this.client.forwardOut('127.0.0.1', 0, next.address, next.port, settle)
      } catch (error) {
        // ssh2 throws at once where the connection has gone.
        settle(error instanceof Error ? error : new Error(String(error)))
      }
    })
  }

  private keepStanding(channel: ClientChannel): void {
    this.standing.add(channel)
    channel.once('close', () => this.standing.delete(channel))
    if (this.crowded || this.retirement.signal.aborted) this.endStanding()
  }

  private endStanding(): void {
    for (const channel of this.standing) {
      this.gaveWay.add(channel)
      channel.close()
    }
  }

  close(): void {
    this.lost ??= lostContact(this.target, 'the connection was closed here')
    this.client.destroy()
  }
}

function noRoomToStay(target: SshTarget): ContactError {
  return refusedChannel(target, new Error('it has no session to spare for one that stays'))
}
