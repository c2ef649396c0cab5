import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError, parseConfig } from '@/server/lib/config'
import { bundlePath } from './build-product'
import { LaunchError } from './launch-error'
import { StepError } from './run-step'
import { Supervisor } from './supervisor'

const root = fileURLToPath(new URL('../..', import.meta.url))
const demo = process.argv[2] === 'demo'
const say = (line: string) => process.stdout.write(`${line}\n`)

async function run(stopTranslating: () => void): Promise<number> {
  process.chdir(root)
  if (fs.existsSync(path.join(root, '.env'))) process.loadEnvFile(path.join(root, '.env'))
  // The demo's fleet is not the real one: it has a data folder of its own unless told otherwise.
  if (demo) process.env.DATA_DIR ??= path.join('.data', 'demo')
  const settings = parseConfig(process.env, root)
  // What is asked of the product from here on finds the same folders as the children do.
  process.env.DATA_DIR = settings.dataDir
  process.env.CACHE_DIR = settings.cacheDir

  const supervisor = new Supervisor({ root, settings, demo, say })
  const asked = stopSignal(() => void supervisor.stop({ atOnce: true }))
  try {
    const starting = supervisor.start()
    starting.catch(() => {})
    const first = await Promise.race([starting, asked])
    if (typeof first !== 'string') {
      // What is built is plain JavaScript: translating megabytes of it again would cost a second of every start. From
      // here on nothing else is loaded from source.
      stopTranslating()
      const { welcome }: typeof import('./welcome') = await import(bundlePath(root, 'welcome'))
      say(await welcome(settings, { demo, lab: first }))
      await asked
    }
    say('Stopping...')
    await supervisor.stop()
    return 0
  } catch (error) {
    await supervisor.stop()
    throw error
  }
}

/** Resolves at the first request to stop; a second one is impatience. */
function stopSignal(again: () => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) again()
        asked = true
        resolve(signal)
      })
    }
  })
}

/** Runs the product until it is asked to stop, and ends the process with the status that says how it went. */
export function launch(stopTranslating: () => void): void {
  run(stopTranslating).then(
    (status) => process.exit(status),
    (error: unknown) => {
      const expected =
        error instanceof LaunchError || error instanceof ConfigError || error instanceof StepError
      console.error(expected ? error.message : error)
      process.exit(1)
    },
  )
}
