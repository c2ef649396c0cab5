import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureDebianPackages, MissingPackagesError } from '@/scripts/lib/debian'
import { checkSteps, type SuiteName, suiteNames, suitePackages } from './suites'

const root = fileURLToPath(new URL('../..', import.meta.url))
const inCi = process.env.CI === 'true'

interface Tally {
  passed: number
  failed: number
  skipped: number
}

/** Runs a program of node_modules/.bin with its output shown; resolves to its exit status. */
function runTool(argv: string[], signal: AbortSignal): Promise<number> {
  const [command = '', ...args] = argv
  const child = spawn(path.join(root, 'node_modules/.bin', command), args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      signal.removeEventListener('abort', stop)
      resolve(code ?? 1)
    })
  })
}

async function runChecks(signal: AbortSignal): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 }
  for (const step of checkSteps) {
    const status = await runTool(step.argv, signal)
    console.log(`${status === 0 ? '✓' : '✗'} ${step.name}`)
    if (status === 0) tally.passed += 1
    else tally.failed += 1
  }
  return tally
}

async function runVitest(suite: SuiteName, filters: string[], signal: AbortSignal): Promise<Tally> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daxfleet-test-'))
  const report = path.join(folder, 'report.json')
  try {
    const status = await runTool(
      [
        'vitest',
        'run',
        '--project',
        suite,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...filters,
      ],
      signal,
    )
    const text = await readFile(report, 'utf8').catch(() => '{}')
    const counts = JSON.parse(text) as Partial<
      Record<'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numFailedTestSuites', number>
    >
    const tally: Tally = {
      passed: counts.numPassedTests ?? 0,
      failed: counts.numFailedTests ?? 0,
      skipped: counts.numPendingTests ?? 0,
    }
    // A suite that broke before or beside its tests failed, whatever it counted.
    if (status !== 0 && tally.failed === 0) tally.failed = 1
    return tally
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Installs what the suite needs, or says why it is skipped; under CI a skipped suite is a failure. */
async function prepare(suite: SuiteName, signal: AbortSignal): Promise<Tally | null> {
  try {
    await ensureDebianPackages(suitePackages[suite], { signal })
    return null
  } catch (error) {
    if (!(error instanceof MissingPackagesError)) throw error
    console.error(`${suite} tests ${inCi ? 'cannot run' : 'skipped'}. ${error.message}`)
    return inCi ? { passed: 0, failed: 1, skipped: 0 } : { passed: 0, failed: 0, skipped: 1 }
  }
}

async function main(): Promise<number> {
  const args = process.argv.slice(2)
  const suites = suiteNames.filter((name) => args.includes(name))
  const filters = args.filter((arg) => !(suiteNames as readonly string[]).includes(arg))
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())

  await mkdir(path.join(root, '.cache'), { recursive: true })
  const total: Tally = { passed: 0, failed: 0, skipped: 0 }
  for (const suite of suites.length > 0 ? suites : suiteNames) {
    if (abort.signal.aborted) break
    const started = Date.now()
    console.log(`\n── ${suite} ──`)
    const tally =
      (await prepare(suite, abort.signal)) ??
      (suite === 'check' ? await runChecks(abort.signal) : await runVitest(suite, filters, abort.signal))
    total.passed += tally.passed
    total.failed += tally.failed
    total.skipped += tally.skipped
    console.log(
      `── ${suite}: ${tally.passed} passed, ${tally.failed} failed (${Math.round((Date.now() - started) / 1000)} s)`,
    )
  }
  if (abort.signal.aborted) total.failed += 1
  if (total.passed === 0 && total.failed === 0) total.failed = 1
  console.log(
    `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
  )
  return total.failed === 0 ? 0 : 1
}

process.exitCode = await main()
