import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { databaseUrlFile } from '@/server/lib/database-url'
import { errorText } from './launch-error'
import { type RunningPostgres, startPostgres } from './postgres'

const PAUSE_MS = 500

/** Keeps the embedded Postgres running on one address, and its address where other processes look for it. */
export class DatabaseKeeper {
  private server: RunningPostgres | undefined
  private readonly quit = new AbortController()
  private loop: Promise<void> = Promise.resolve()

  constructor(
    private readonly dataDir: string,
    private readonly say: (line: string) => void,
  ) {}

  /** Starts or adopts it; resolves to its address. */
  async start(signal: AbortSignal): Promise<string> {
    const limit = AbortSignal.any([signal, this.quit.signal])
    const server = await this.open(undefined, limit)
    if (server.adopted) this.say('Postgres was still running after an unclean end; it goes on.')
    this.loop = this.keep(server)
    return server.url
  }

  async stop(): Promise<void> {
    this.quit.abort(new Error('stopping'))
    await this.loop
    await this.server?.stop()
    fs.rmSync(databaseUrlFile(this.dataDir), { force: true })
  }

  private async open(port: number | undefined, signal: AbortSignal): Promise<RunningPostgres> {
    const { dataDir, say } = this
    const server = await startPostgres({ dataDir, database: 'daxfleet', port, signal, say })
    this.server = server
    writePrivate(databaseUrlFile(dataDir), `${server.url}\n`)
    return server
  }

  private async keep(first: RunningPostgres): Promise<void> {
    const { signal } = this.quit
    const stopped = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    )
    let server = first
    while (!signal.aborted) {
      await Promise.race([server.gone, stopped])
      if (signal.aborted) return
      this.say('Postgres ended; starting it again.')
      for (;;) {
        try {
          server = await this.open(server.port, signal)
          break
        } catch (error) {
          if (signal.aborted) return
          this.say(errorText(error))
          await sleep(PAUSE_MS, undefined, { signal }).catch(() => {})
        }
      }
    }
  }
}

/** Never readable by others, not even for a moment, and never half-written. */
function writePrivate(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}`
  fs.writeFileSync(draft, text, { mode: 0o600 })
  fs.renameSync(draft, file)
}
