import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { ensureDebianPackages, MissingPackagesError } from '@/scripts/lib/debian'
import { checkSteps, rounds, type SuiteName, suiteNames, suitePackages } from './suites'
import { add, none, type Tally } from './tally'
import { root, runTool } from './tool'
import { runVitest } from './vitest'

const inCi = process.env.CI === 'true'

async function runChecks(signal: AbortSignal): Promise<Tally> {
  const tally = none()
  for (const step of checkSteps) {
    const status = await runTool(step.argv, signal)
    console.log(`${status === 0 ? '✓' : '✗'} ${step.name}`)
    add(tally, status === 0 ? { passed: 1 } : { failures: [`check > ${step.name}`] })
  }
  return tally
}

/** Installs what the suite needs, or says why it is skipped; under CI a skipped suite is a failure. */
async function prepare(suite: SuiteName, signal: AbortSignal): Promise<Tally | null> {
  try {
    await ensureDebianPackages(suitePackages[suite], { signal })
    return null
  } catch (error) {
    if (!(error instanceof MissingPackagesError)) throw error
    console.error(`${suite} tests ${inCi ? 'cannot run' : 'skipped'}. ${error.message}`)
    return { ...none(), ...(inCi ? { failures: [`${suite}: ${error.message}`] } : { skipped: 1 }) }
  }
}

/** Runs suites side by side, those that can be prepared, and says of each how it went. */
async function runRound(suites: SuiteName[], filters: string[], signal: AbortSignal): Promise<Tally> {
  const started = Date.now()
  console.log(`\n── ${suites.join(', ')} ──`)
  const tallies = new Map<SuiteName, Tally>()
  for (const suite of suites) {
    const missing = await prepare(suite, signal)
    if (missing !== null) tallies.set(suite, missing)
    else if (suite === 'check') tallies.set(suite, await runChecks(signal))
  }
  const left = suites.filter((suite) => !tallies.has(suite))
  if (left.length > 0)
    for (const [suite, tally] of await runVitest(left, filters, signal)) tallies.set(suite, tally)
  const seconds = Math.round((Date.now() - started) / 1000)
  const total = none()
  for (const [suite, tally] of tallies) {
    console.log(`── ${suite}: ${tally.passed} passed, ${tally.failures.length} failed (${seconds} s)`)
    add(total, tally)
  }
  return total
}

async function main(): Promise<number> {
  const given = process.argv.slice(2)
  // Every cell of the matrix of kernels, instead of pairwise.
  if (given.includes('--all')) process.env.MATRIX_ALL = 'yes'
  const args = given.filter((arg) => arg !== '--all')
  const named = suiteNames.filter((name) => args.includes(name))
  const wanted: readonly SuiteName[] = named.length > 0 ? named : suiteNames
  const filters = args.filter((arg) => !(suiteNames as readonly string[]).includes(arg))
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())

  await mkdir(path.join(root, '.cache'), { recursive: true })
  const total = none()
  for (const round of rounds) {
    const suites = round.filter((suite) => wanted.includes(suite))
    if (suites.length > 0 && !abort.signal.aborted) add(total, await runRound(suites, filters, abort.signal))
  }
  if (abort.signal.aborted) add(total, { failures: ['stopped before its end'] })
  else if (total.passed + total.failures.length === 0) add(total, { failures: ['there was no such test'] })
  // At the end of a log of thousands of lines, what one has to know.
  for (const failure of total.failures) console.log(`\n✗ ${failure}`)
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
  console.log(`\n${total.passed} passed, ${total.failures.length} failed${skipped}`)
  return total.failures.length === 0 ? 0 : 1
}

process.exitCode = await main()
