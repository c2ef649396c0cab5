import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readImports } from '@/scripts/check/imports'
import { rules } from '@/scripts/check/rules'

const broken = (file: string, target: string, typeOnly = false) =>
  rules
    .filter((rule) => rule.breaks({ file, line: 1, specifier: target, target, typeOnly }))
    .map((rule) => rule.name)

describe('the direction of dependencies', () => {
  it('keeps the agent alone', () => {
    expect(broken('agents/main.ts', 'server/lib/config')).toEqual(['agents stand alone'])
    expect(broken('agents/main.ts', 'agents/protocol')).toEqual([])
  })

  it('lets pages have types and words of the server, never its code, and no validator in a browser', () => {
    expect(broken('app/page.tsx', 'server/trpc/root', true)).toEqual([])
    expect(broken('app/page.tsx', 'server/hosts/schema')).toEqual([])
    expect(broken('app/_lib/words.ts', 'server/hosts/vocabulary')).toEqual([])
    expect(broken('app/_lib/words.ts', 'server/hosts/schema')).toEqual(['pages decide nothing'])
    expect(broken('app/page.tsx', 'server/hosts/service')).toEqual(['pages decide nothing'])
    expect(broken('app/api/trpc/route.ts', 'server/trpc/root')).toEqual([])
  })

  it('keeps what a rollout does next apart from where it is kept, and its rooms in one direction', () => {
    expect(broken('server/rollouts/machine/gate.ts', 'server/rollouts/machine/tally')).toEqual([])
    expect(broken('server/rollouts/machine/gate.ts', 'server/rollouts/policy')).toEqual([])
    expect(broken('server/rollouts/machine/gate.ts', 'server/lib/db')).toEqual(['the machine is pure'])
    expect(broken('server/rollouts/rows/load.ts', 'server/rollouts/turn/advance')).toEqual([
      'a rollout’s rooms point one way',
    ])
    expect(broken('server/rollouts/turn/advance.ts', 'server/rollouts/plan/plan-turn')).toEqual([])
  })

  it('has one door to the hosts', () => {
    expect(broken('server/hosts/service.ts', 'ssh2')).toEqual(['one importer of ssh2'])
    expect(broken('server/ssh/pool.ts', 'ssh2')).toEqual([])
  })
})

describe('reading imports', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'imports-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('sees types, values, re-exports, dynamic imports and those over several lines', () => {
    writeFileSync(
      path.join(folder, 'a.ts'),
      [
        "import type { A } from '@/server/hosts/schema'",
        "import {\n  b,\n  c,\n} from './b'",
        "export { d } from '../d.ts'",
        "const e = await import('node:fs')",
        "// import x from 'not-me'",
        "import '@fontsource-variable/inter/index.css'",
      ].join('\n'),
    )
    expect(readImports(folder, 'a.ts').map(({ target, typeOnly }) => [target, typeOnly])).toEqual([
      ['server/hosts/schema', true],
      ['b', false],
      ['../d', false],
      ['node:fs', false],
      ['@fontsource-variable/inter', false],
    ])
  })
})
