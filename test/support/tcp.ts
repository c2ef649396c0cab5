import net from 'node:net'

/** A TCP server on a free loopback port, its connections counted and closed at the end. */
export class TcpServer {
  readonly open = new Set<net.Socket>()
  /** Connections accepted so far. */
  accepted = 0

  private server: net.Server | null = null
  private known = 0

  private constructor(private readonly onConnection: (socket: net.Socket) => void) {}

  static async start(onConnection: (socket: net.Socket) => void): Promise<TcpServer> {
    const self = new TcpServer(onConnection)
    await self.accept()
    return self
  }

  get port(): number {
    return this.known
  }

  /** Listens, on the port it had before. */
  async accept(): Promise<void> {
    if (this.server !== null) return
    const server = net.createServer((socket) => {
      this.accepted += 1
      this.open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.open.delete(socket))
      this.onConnection(socket)
    })
    this.server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.known, '127.0.0.1', resolve)
    })
    const address = server.address()
    if (typeof address === 'object' && address !== null) this.known = address.port
  }

  /** Closes the port: whoever calls now is refused. Connections that stand are left alone. */
  refuse(): void {
    this.server?.close()
    this.server = null
  }

  async stop(): Promise<void> {
    const { server } = this
    this.server = null
    for (const socket of this.open) socket.destroy()
    if (server !== null) await new Promise((resolve) => server.close(resolve))
  }
}
