import net from 'node:net'
import { type Flow, Pump } from './pump'
import { TcpServer } from './tcp'

/** `up` goes to the server behind the relay, `down` comes from it. */
export type Direction = 'up' | 'down' | 'both'

interface Link {
  near: net.Socket
  far: net.Socket | null
  up: Pump | null
  down: Pump | null
}

/**
 * A network between a test and a port of this machine, that can be spoiled while connections stand. What it holds up
 * stays with the sender: buffers fill, and the sender's writes block, as behind a dead switch.
 */
export class Relay {
  private readonly links = new Set<Link>()
  private flows: { up: Flow; down: Flow } = { up: 'pass', down: 'pass' }
  private server: TcpServer | null = null

  private constructor(private readonly target: number) {}

  static async to(port: number): Promise<Relay> {
    const relay = new Relay(port)
    relay.server = await TcpServer.start((near) => relay.take(near))
    return relay
  }

  get port(): number {
    return this.tcp.port
  }

  /** Connections through it now, as the caller sees them. */
  get open(): number {
    return this.tcp.open.size
  }

  get accepted(): number {
    return this.tcp.accepted
  }

  /** All is well again: what was held up goes on, and the port is open. */
  async pass(direction: Direction = 'both'): Promise<void> {
    this.set(direction, 'pass')
    await this.tcp.accept()
  }

  /** Carries nothing, and neither end hears of it: not even that the other one has hung up. Calls are accepted. */
  blackhole(direction: Direction = 'both'): void {
    this.set(direction, 'hold')
  }

  /** Loses every byte from now on; that one end hung up the other one learns. */
  fallSilent(): void {
    this.set('both', 'drop')
  }

  /** Carries so many bytes a second on each connection. */
  slow(bytesPerSecond: number, direction: Direction = 'both'): void {
    this.set(direction, { bytesPerSecond })
  }

  /** Closes the port: new calls are refused; connections that stand go on as they are. */
  refuse(): void {
    this.tcp.refuse()
  }

  /** Resets every connection, at both ends. */
  cut(): void {
    for (const { near, far } of this.links) {
      near.resetAndDestroy()
      far?.resetAndDestroy()
    }
    this.links.clear()
  }

  async stop(): Promise<void> {
    for (const { far } of this.links) far?.destroy()
    this.links.clear()
    await this.tcp.stop()
  }

  private get tcp(): TcpServer {
    if (this.server === null) throw new Error('The relay is not started.')
    return this.server
  }

  private set(direction: Direction, flow: Flow): void {
    if (direction !== 'down') this.flows.up = flow
    if (direction !== 'up') this.flows.down = flow
    for (const link of this.links) this.apply(link)
  }

  private take(near: net.Socket): void {
    const link: Link = { near, far: null, up: null, down: null }
    this.links.add(link)
    near.pause()
    this.apply(link)
  }

  /** A call that came while nothing was carried is passed on once something is. */
  private apply(link: Link): void {
    const { up, down } = this.flows
    if (link.far === null && (up !== 'hold' || down !== 'hold')) this.connect(link)
    link.up?.set(up)
    link.down?.set(down)
  }

  private connect(link: Link): void {
    const far = net.connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true })
    far.on('error', () => {}) // told by its close
    const gone = () => this.links.delete(link)
    link.far = far
    link.up = new Pump(link.near, far, this.flows.up, gone)
    link.down = new Pump(far, link.near, this.flows.down, gone)
  }
}
