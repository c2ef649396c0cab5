import { createServer, type Server as Listener, type Socket } from 'node:net'
import ssh2, { type AuthContext, type Connection, type ParsedKey, type Session } from 'ssh2'
import { execute } from './exec'
import type { SimulatedMachine } from './host'

/** Where a simulated host answers, and by what it is known. */
export interface Endpoint {
  address: string
  port: number
  /** Private host key in PEM; a host that changes its key shows another one later. */
  hostKey: (which: 'first' | 'later') => string
  /** Whose key may log in. */
  loginKey: ParsedKey
}

/**
 * A real SSH server at an address of its own. It costs a listening socket until somebody connects: the rest is made
 * then, and goes with the last connection.
 */
export class SimulatedSshServer {
  private readonly sockets = new Set<Socket>()
  private listener: Listener | null = null
  private server: InstanceType<typeof ssh2.Server> | null = null
  private contacts = 0
  private readonly forget: () => void

  constructor(
    private readonly host: SimulatedMachine,
    private readonly endpoint: Endpoint,
  ) {
    this.forget = host.whenDown(() => this.cut())
  }

  listen(): Promise<void> {
    const { address, port } = this.endpoint
    return new Promise((resolve, reject) => {
      this.listener = createServer({ noDelay: true }, (socket) => this.accept(socket))
      this.listener.once('error', reject)
      this.listener.listen({ host: address, port, backlog: 16 }, () => resolve())
    })
  }

  close(): void {
    this.forget()
    this.listener?.close()
    this.cut()
    this.host.close()
  }

  private accept(socket: Socket): void {
    socket.on('error', () => {})
    if (!this.host.isOn) {
      socket.destroy()
      return
    }
    this.sockets.add(socket)
    socket.once('close', () => {
      this.sockets.delete(socket)
      if (this.sockets.size === 0) this.server = null
    })
    this.contacts += 1
    const isChanged = this.host.fault === 'wrong_key' && this.contacts > 1
    if (isChanged) this.server = null
    this.server ??= this.makeServer(this.endpoint.hostKey(isChanged ? 'later' : 'first'))
    this.server.injectSocket(socket)
  }

  private makeServer(hostKey: string): InstanceType<typeof ssh2.Server> {
    return new ssh2.Server({ hostKeys: [hostKey], ident: 'OpenSSH_9.2p1 simulated' }, (connection) => {
      connection.on('error', () => {})
      let account = ''
      connection.on('authentication', (context) => {
        account = context.username
        this.authenticate(context)
      })
      connection.on('session', (accept) => this.serve(accept(), account, connection))
    })
  }

  private authenticate(context: AuthContext): void {
    const { loginKey } = this.endpoint
    const isKey =
      context.method === 'publickey' &&
      context.key.algo === loginKey.type &&
      context.key.data.equals(loginKey.getPublicSSH())
    // Without a signature the client only asks whether the key would do.
    const isProven =
      isKey &&
      (context.signature === undefined ||
        context.blob === undefined ||
        loginKey.verify(context.blob, context.signature, context.hashAlgo) === true)
    if (isProven && /^[a-z][a-z0-9_-]{0,31}$/.test(context.username)) context.accept()
    else context.reject(['publickey'])
  }

  private serve(session: Session, account: string, connection: Connection): void {
    session.on('exec', (accept, _reject, { command }) => {
      const channel = accept()
      execute(this.host, account, command, channel).catch(() => connection.end())
    })
    session.on('shell', (accept) => {
      const channel = accept()
      channel.stderr.write('A simulated host has no shell.\r\n')
      channel.exit(1)
      channel.end()
    })
  }

  private cut(): void {
    for (const socket of this.sockets) socket.destroy()
  }
}
