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
import { Progress } from './progress'
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
  private readonly progress: Progress
  private lab: Keeper | undefined
  private database: DatabaseKeeper | undefined
  private lock: Lock | undefined
  private starting: Promise<readonly string[]> | undefined

  constructor(private readonly options: SupervisorOptions) {
    this.children = new ChildrenList(options.settings.dataDir)
    this.progress = new Progress(options.say)
  }

  /** Resolves when everything serves, to what the lab has to tell. Rejects with LaunchError for what a person can mend. */
  start(): Promise<readonly string[]> {
    this.starting = this.bringUp()
    return this.starting
  }

  private async bringUp(): Promise<readonly string[]> {
    const { root, settings, say, demo } = this.options
    const { progress } = this
    const { signal } = this.quit
    checkDataDir(settings.dataDir)
    await this.takeLock()
    const unclean = await this.children.clear()
    await checkPort(settings.host, settings.port, unclean ? 10_000 : 0)
    if (settings.databaseUrl !== undefined) await checkDatabase(settings.databaseUrl)
    ensureKeys(settings)
    generateClient(root, say)

    const building = Promise.all([
      progress.during('building the web application', buildProduct(root, { say, signal })),
      progress.during('building the agent', buildAgents(root, settings.cacheDir, { say, signal })),
    ])
    const onStart = (name: string) => (pid: number) => this.children.set(name, pid)
    const common = { root, settings, say, onStart }
    const web = new Keeper(webService(common))
    const worker = new Keeper(workerService(common))
    this.keepers.push(web, worker)
    // The web application opens its first connection with its first page, so it need not wait for Postgres.
    await this.allOrNone([
      building.then(() => progress.during('starting the web application', web.start(signal))),
      Promise.all([building, progress.during('starting the database', this.startDatabase())]).then(() =>
        progress.during('starting the worker', worker.start(signal)),
      ),
    ])
    return demo ? this.startLab(common) : []
  }

  /** Stops the lab, web and worker, then Postgres; bounded. `atOnce` kills instead of asking. */
  async stop({ atOnce = false } = {}): Promise<void> {
    this.quit.abort(new LaunchError('Stopped while it was being started.'))
    // What is half started must be known before it can be stopped.
    await this.starting?.catch(() => {})
    const keepers = this.lab === undefined ? this.keepers : [this.lab, ...this.keepers]
    const ends = await Promise.allSettled(keepers.map((keeper) => keeper.stop({ atOnce })))
    for (const end of ends) if (end.status === 'rejected') this.options.say(errorText(end.reason))
    await this.database?.stop()
    if (this.lock !== undefined) {
      this.children.forget()
      await this.lock.release()
    }
  }

  /** Waits for all; the first failure ends the others, and is the one reported. */
  private async allOrNone(parts: readonly Promise<unknown>[]): Promise<void> {
    const failures: unknown[] = []
    const watched = parts.map((part) =>
      part.catch((error: unknown) => {
        failures.push(error)
        this.quit.abort(error)
      }),
    )
    await Promise.all(watched)
    if (failures.length > 0) throw failures[0]
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

  /** The lab registers its guests through the services, and the worker, which serves by now, probes them. */
  private async startLab(common: Parameters<typeof webService>[0]): Promise<readonly string[]> {
    let told: readonly string[] = []
    const remember = (lines: readonly string[]) => {
      told = lines
    }
    this.lab = new Keeper(labService(common, remember))
    this.options.say('Starting the lab (its image is built once, which takes a few minutes)...')
    await this.progress.during('starting the lab', this.lab.start(this.quit.signal))
    return told
  }
}

/** `npm ci` generates the Prisma client; where install scripts are switched off, the first start does. */
function generateClient(root: string, say: (line: string) => void): void {
  if (fs.existsSync(path.join(root, 'prisma', 'generated', 'client.ts'))) return
  say('Generating the database client (a few seconds, once)...')
  const prisma = path.join(root, 'node_modules', 'prisma', 'build', 'index.js')
  const { status, stderr } = spawnSync(process.execPath, [prisma, 'generate'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (status !== 0) throw new LaunchError(`The database client could not be generated: ${stderr.trim()}`)
}
