import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SuiteName } from './suites'
import { add, none, type Tally } from './tally'
import { root, runTool } from './tool'

interface Report {
  testResults?: { name: string; status: string; assertionResults: { status: string }[] }[]
}

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
  for (const { name, status: whole, assertionResults } of report.testResults ?? []) {
    const suite = suites.find((each) => name.startsWith(path.join(root, 'test', each, path.sep)))
    const tally = suite === undefined ? undefined : found.get(suite)
    if (tally === undefined) throw new Error(`${name} belongs to none of ${suites.join(', ')}`)
    for (const test of assertionResults)
      add(tally, { [test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped']: 1 })
    // A file that broke before or beside its tests failed, whatever it counted.
    if (whole === 'failed' && !assertionResults.some((test) => test.status === 'failed'))
      add(tally, { failed: 1 })
  }
  const [first] = found.values()
  const failed = [...found.values()].some((tally) => tally.failed > 0)
  // So did a run that broke beside all files.
  if (status !== 0 && !failed && first !== undefined) add(first, { failed: 1 })
  return found
}
