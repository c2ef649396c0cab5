import net from 'node:net'

/** A TCP server on a free loopback port, its connections counted and closed at the end. */
export class TcpServer {
  readonly open = new Set<net.Socket>()
  /** Connections accepted so far. */
  accepted = 0

  private constructor(private readonly server: net.Server) {}

  static async start(onConnection: (socket: net.Socket) => void): Promise<TcpServer> {
    const server = net.createServer()
    const self = new TcpServer(server)
    server.on('connection', (socket) => {
      self.accepted += 1
      self.open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => self.open.delete(socket))
      onConnection(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return self
  }

  get port(): number {
    const address = this.server.address()
    if (typeof address !== 'object' || address === null) throw new Error('The server is closed.')
    return address.port
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

/** A way to another port that can fall silent, as a network does, without either end hearing of it. */
export class Relay {
  private silent = false
  private constructor(private readonly tcp: { server: TcpServer | null }) {}

  static async to(port: number): Promise<Relay> {
    const tcp: { server: TcpServer | null } = { server: null }
    const relay = new Relay(tcp)
    tcp.server = await TcpServer.start((near) => {
      const far = net.connect(port, '127.0.0.1')
      far.on('error', () => near.destroy())
      near.on('close', () => far.destroy())
      far.on('close', () => near.destroy())
      near.on('data', (data) => relay.silent || far.write(data))
      far.on('data', (data) => relay.silent || near.write(data))
    })
    return relay
  }

  private get server(): TcpServer {
    if (this.tcp.server === null) throw new Error('The relay is not started.')
    return this.tcp.server
  }

  get port(): number {
    return this.server.port
  }

  /** Connections through it now. */
  get open(): number {
    return this.server.open.size
  }

  get accepted(): number {
    return this.server.accepted
  }

  fallSilent(): void {
    this.silent = true
  }

  /** Cuts every connection, as a reset does. */
  cut(): void {
    for (const socket of this.server.open) socket.destroy()
  }

  stop(): Promise<void> {
    return this.server.stop()
  }
}
