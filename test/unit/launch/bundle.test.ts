import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundle } from '@/scripts/lib/bundle'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'daxfleet bundle '))
  await writeFile(path.join(folder, 'small.ts'), 'export const answer: number = 42')
  const many = Array.from({ length: 20_000 }, (_, at) => `export const n${at}: number = ${at}`)
  await writeFile(path.join(folder, 'large.ts'), many.join('\n'))
})
afterAll(() => rm(folder, { recursive: true }))

const of = (name: string) =>
  bundle({
    ...{ entryPoints: [path.join(folder, `${name}.ts`)], outfile: path.join(folder, `${name}.js`) },
    ...{ format: 'esm', logLevel: 'silent' },
  })

it('ends, also where another one beside it ends first, and again after all have', async () => {
  for (let round = 0; round < 5; round += 1) {
    await Promise.all([of('large'), of('small')])
    expect(await readFile(path.join(folder, 'large.js'), 'utf8')).toContain('n19999 = 19999')
  }
})
