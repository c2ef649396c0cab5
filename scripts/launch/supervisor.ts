import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { Config } from '@/server/lib/config'
import { ensureKeys } from '@/server/lib/keys'
import { buildAgents } from './build-agents'
import { buildProduct } from './build-product'
import { DatabaseKeeper } from './database-keeper'
import { Keeper } from './keeper'
import { errorText, LaunchError } from './launch-error'
import { ChildrenList } from './leftovers'
import { type Lock, tryLock } from './lock'
import { migrate } from './migrate'
import { checkDatabase, checkDataDir, checkPort } from './requirements'
import { labService, webService, workerService } from './services'

export interface SupervisorOptions {
  readonly root: string
  readonly settings: Config
  /** With the lab fleet. */
  readonly demo: boolean
  readonly say: (line: string) => void
}

/** Starts everything in order, keeps it running, and stops it in the opposite order. */
export class Supervisor {
  private readonly quit = new AbortController()
  private readonly children: ChildrenList
  private readonly keepers: Keeper[] = []
  private lab: Keeper | undefined
  private database: DatabaseKeeper | undefined
  private lock: Lock | undefined

  constructor(private readonly options: SupervisorOptions) {
    this.children = new ChildrenList(options.settings.dataDir)
  }

  /** Resolves when everything serves, to what the lab has to tell. Rejects with LaunchError for what a person can mend. */
  async start(): Promise<readonly string[]> {
    const { root, settings, say, demo } = this.options
    const { signal } = this.quit
    checkDataDir(settings.dataDir)
    await this.takeLock()
    const unclean = await this.children.clear()
    await checkPort(settings.host, settings.port, unclean ? 10_000 : 0)
    if (settings.databaseUrl !== undefined) await checkDatabase(settings.databaseUrl)
    ensureKeys(settings)
    generateClient(root)

    const building = Promise.all([
      buildProduct(root, { say, signal }),
      buildAgents(root, settings.cacheDir, { say, signal }),
    ])
    // Its failure is reported below; until then it must not count as one nobody looks at.
    building.catch(() => {})
    await this.startDatabase()
    await building
    signal.throwIfAborted()

    const onStart = (name: string) => (pid: number) => this.children.set(name, pid)
    const common = { root, settings, say, onStart }
    this.keepers.push(new Keeper(webService(common)), new Keeper(workerService(common)))
    const serving = this.keepers.map((keeper) => keeper.start(signal))
    if (!demo) {
      await Promise.all(serving)
      return []
    }
    return this.startLab(common, serving)
  }

  /** Stops the lab, web and worker, then Postgres; bounded. `atOnce` kills instead of asking. */
  async stop({ atOnce = false } = {}): Promise<void> {
    this.quit.abort(new LaunchError('Stopped while it was being started.'))
    const keepers = this.lab === undefined ? this.keepers : [this.lab, ...this.keepers]
    const ends = await Promise.allSettled(keepers.map((keeper) => keeper.stop({ atOnce })))
    for (const end of ends) if (end.status === 'rejected') this.options.say(errorText(end.reason))
    await this.database?.stop()
    if (this.lock !== undefined) {
      this.children.forget()
      await this.lock.release()
    }
  }

  private async takeLock(): Promise<void> {
    const { settings } = this.options
    const about = () => `process ${process.pid}, ${settings.origin}`
    const outcome = await tryLock(settings.dataDir, 'supervisor', about)
    if ('holder' in outcome) {
      throw new LaunchError(
        `Daxfleet already runs on ${settings.dataDir} (${outcome.holder || 'another process'}): use that one or stop it, or set DATA_DIR and PORT to run a second one.`,
      )
    }
    this.lock = outcome
  }

  private async startDatabase(): Promise<void> {
    const { root, settings, say } = this.options
    const { signal } = this.quit
    let url = settings.databaseUrl
    if (url === undefined) {
      this.database = new DatabaseKeeper(settings.dataDir, say)
      url = await this.database.start(signal)
    }
    const applied = await migrate(url, path.join(root, 'prisma', 'migrations'), { signal })
    if (applied.length > 0) say(`The database is up to date (${applied.length} migrations applied).`)
  }

  private async startLab(
    common: Parameters<typeof webService>[0],
    serving: readonly Promise<void>[],
  ): Promise<readonly string[]> {
    let told: readonly string[] = []
    const lab = new Keeper(
      labService(common, (lines) => {
        told = lines
      }),
    )
    this.lab = lab
    // The lab registers its guests through the services, whose first probe a worker must be there to do.
    await Promise.all(serving)
    await lab.start(this.quit.signal)
    return told
  }
}

/** `npm ci` generates the Prisma client; where install scripts are switched off, the first start does. */
function generateClient(root: string): void {
  if (fs.existsSync(path.join(root, 'prisma', 'generated', 'client.ts'))) return
  const prisma = path.join(root, 'node_modules', 'prisma', 'build', 'index.js')
  const { status, stderr } = spawnSync(process.execPath, [prisma, 'generate'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (status !== 0) throw new LaunchError(`The database client could not be generated: ${stderr.trim()}`)
}
