import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const units = ['daxfleet.service', 'daxfleet-worker.service'] as const
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

let folder: string
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet-units-'))
})
afterAll(() => fs.rmSync(folder, { recursive: true }))

describe('the units', () => {
  it.each(units)('%s starts what is there', (name) => {
    const text = fs.readFileSync(path.join(root, 'deploy', name), 'utf8')
    const started = /^ExecStart=\/usr\/bin\/node (\S+)/m.exec(text)?.[1] ?? ''
    // What is built is not in the checkout; what builds it says where.
    expect(started === 'dist/worker.mjs' || fs.existsSync(path.join(root, started))).toBe(true)
    expect(text).toMatch(/^UMask=0077$/m)
    expect(text).toMatch(/^NoNewPrivileges=yes$/m)
  })

  it.runIf(hasSystemd).each(units)('%s is taken by systemd without a word', (name) => {
    // This machine may have no node there: the path is not what is looked at.
    const text = fs.readFileSync(path.join(root, 'deploy', name), 'utf8')
    const file = path.join(folder, name)
    fs.writeFileSync(file, text.replace('/usr/bin/node', process.execPath))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    })
    expect([status, stderr.split('\n').filter((line) => line.includes(name))]).toEqual([0, []])
  })
})
