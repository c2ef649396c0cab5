import { Client, type ClientChannel } from 'ssh2'
import { fingerprintOf } from './keys'

/** How to reach a guest. The lab's own way in, apart from the product's, so that tests have a second witness. */
export interface GuestSsh {
  host: '127.0.0.1'
  port: number
  user: string
  /** OpenSSH PEM, without passphrase. */
  privateKey: string
  /** "SHA256:..." of the guest's ed25519 host key. */
  hostKey: string
}

/** An open connection to a guest. */
export type GuestConnection = Client

export interface RunOptions {
  /** Default 60 s. */
  timeoutMs?: number
  signal?: AbortSignal
  /** Text for the program's stdin. */
  stdin?: string
}

export interface RunResult {
  /** Exit status; 255 when a signal ended the program. */
  status: number
  stdout: string
  stderr: string
}

const outputLimitBytes = 16 * 1024 * 1024

/** One word of a POSIX shell, whatever it holds. */
function quoteWord(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** Opens a connection to a guest; refuses any host key but the guest's own. */
export function connectGuest(ssh: GuestSsh, timeoutMs: number): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client()
    client.on('ready', () => resolve(client))
    client.on('error', (error) => reject(new Error(`SSH to the guest on port ${ssh.port}: ${error.message}`)))
    client.connect({
      host: ssh.host,
      port: ssh.port,
      username: ssh.user,
      privateKey: ssh.privateKey,
      readyTimeout: timeoutMs,
      hostVerifier: (blob: Buffer) => fingerprintOf(blob) === ssh.hostKey,
    })
  })
}

/** Runs a program (argv, never shell text) over an open connection and waits for its end. */
export function runOverSsh(
  client: Client,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const command = argv.map(quoteWord).join(' ')
  const timeoutMs = options.timeoutMs ?? 60_000
  return new Promise((resolve, reject) => {
    let channel: ClientChannel | undefined
    const fail = (why: string) => {
      settle()
      channel?.close()
      reject(new Error(`${argv.join(' ')}: ${why}`))
    }
    const timer = setTimeout(() => fail(`no end within ${timeoutMs} ms`), timeoutMs)
    const onAbort = () => fail('aborted')
    const onClose = () => fail('the guest closed the connection')
    const settle = () => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
      client.off('close', onClose)
    }
    client.once('close', onClose)
    options.signal?.addEventListener('abort', onAbort, { once: true })
    if (options.signal?.aborted) return onAbort()
    client.exec(command, (error, stream) => {
      if (error) return fail(error.message)
      channel = stream
      const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
      let size = 0
      let status = 255
      const collect = (into: Buffer[]) => (chunk: Buffer) => {
        size += chunk.length
        if (size > outputLimitBytes) fail('printed more than 16 MiB')
        else into.push(chunk)
      }
      stream.on('data', collect(output.stdout))
      stream.stderr.on('data', collect(output.stderr))
      stream.on('exit', (code: number | null) => {
        status = code ?? 255
      })
      stream.on('close', () => {
        settle()
        resolve({
          status,
          stdout: Buffer.concat(output.stdout).toString(),
          stderr: Buffer.concat(output.stderr).toString(),
        })
      })
      stream.end(options.stdin ?? '')
    })
  })
}
