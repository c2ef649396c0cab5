import type { Client, ClientChannel } from 'ssh2'

/**
 * Asks for a channel running `command`. Resolves to the Error when the server refused; rejects when the signal
 * aborted or the connection went. `release` is called once: when the channel closed, or when there will be none.
 */
export function openChannel(
  client: Client,
  command: string,
  signal: AbortSignal,
  release: () => void,
): Promise<ClientChannel | Error> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    const settle = () => signal.removeEventListener('abort', onAbort)
    try {
      client.exec(command, (error, channel) => {
        settle()
        if (error) {
          release()
          return resolve(error)
        }
        channel.once('close', release)
        if (!signal.aborted) return resolve(channel)
        // Nobody waits for it any more; read away what it says, or its close is never told.
        channel.resume()
        channel.stderr.resume()
        channel.destroy()
      })
    } catch (error) {
      // ssh2 throws when the socket is gone already.
      settle()
      release()
      reject(error)
    }
  })
}

/** sshd's answer past MaxSessions: SSH_OPEN_CONNECT_FAILED (RFC 4254 §5.1). */
export function isTooManySessions(error: Error): boolean {
  return 'reason' in error && error.reason === 2
}
