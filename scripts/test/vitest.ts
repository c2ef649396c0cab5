import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SuiteName } from './suites'
import { add, none, type Tally } from './tally'
import { root, runTool } from './tool'

interface Test {
  status: string
  fullName: string
  failureMessages?: string[]
}

interface Report {
  testResults?: { name: string; status: string; message?: string; assertionResults: Test[] }[]
}

/** As much of a message as helps at the end of a long log. */
const lines = (text: string | undefined): string =>
  (text ?? '').split('\n').slice(0, 20).join('\n').slice(0, 2000).replaceAll('\n', '\n    ')

/** Runs suites side by side in one vitest, and counts each by the folder its files lie in. */
export async function runVitest(
  suites: SuiteName[],
  filters: string[],
  signal: AbortSignal,
): Promise<Map<SuiteName, Tally>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daxfleet-test-'))
  const file = path.join(folder, 'report.json')
  const projects = suites.flatMap((suite) => ['--project', suite])
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  try {
    const status = await runTool(['vitest', 'run', ...projects, ...reporters, ...filters], signal)
    const report: Report = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'))
    return tallies(suites, report, status)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function tallies(suites: SuiteName[], report: Report, status: number): Map<SuiteName, Tally> {
  const found = new Map(suites.map((suite) => [suite, none()]))
  for (const { name, status: whole, message, assertionResults } of report.testResults ?? []) {
    const suite = suites.find((each) => name.startsWith(path.join(root, 'test', each, path.sep)))
    const tally = suite === undefined ? undefined : found.get(suite)
    if (tally === undefined) throw new Error(`${name} belongs to none of ${suites.join(', ')}`)
    const file = path.relative(root, name)
    for (const test of assertionResults) {
      if (test.status === 'passed') add(tally, { passed: 1 })
      else if (test.status !== 'failed') add(tally, { skipped: 1 })
      else add(tally, { failures: [`${file} > ${test.fullName}\n    ${lines(test.failureMessages?.[0])}`] })
    }
    // A file that broke before or beside its tests failed, whatever it counted.
    if (whole === 'failed' && !assertionResults.some((test) => test.status === 'failed'))
      add(tally, { failures: [`${file}\n    ${lines(message)}`] })
  }
  const [first] = found.values()
  const failed = [...found.values()].some((tally) => tally.failures.length > 0)
  // So did a run that broke beside all files.
  if (status !== 0 && !failed && first !== undefined)
    add(first, { failures: [`the run of ${suites.join(', ')} ended with ${status} beside its tests`] })
  return found
}
