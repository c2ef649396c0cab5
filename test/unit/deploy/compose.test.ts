import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { variables } from '@/server/lib/config-variables'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (file: string) => fs.readFileSync(path.join(root, file), 'utf8')

/** What of the compose specification the file uses; anything else would be a slip of the pen. */
const serviceSchema = z.strictObject({
  image: z.string().regex(/^[a-z0-9./-]+:[\w.-]+$/, 'names a version'),
  working_dir: z.string().startsWith('/').optional(),
  command: z.string().optional(),
  init: z.boolean().optional(),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.string()),
  ports: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).optional(),
  healthcheck: z.strictObject({
    test: z.tuple([z.literal('CMD-SHELL'), z.string()]),
    interval: z.string().regex(/^\d+s$/),
    start_period: z.string().optional(),
  }),
  restart: z.literal('unless-stopped'),
})
const composeSchema = z.strictObject({
  services: z.strictObject({ postgres: serviceSchema, daxfleet: serviceSchema }),
  volumes: z.record(z.string(), z.strictObject({})),
})

const compose = composeSchema.parse(parse(read('deploy/compose.yaml')))
const { postgres, daxfleet } = compose.services

it('waits only for what there is, and keeps what must last on volumes that there are', () => {
  for (const service of [postgres, daxfleet]) {
    for (const name of Object.keys(service.depends_on ?? {})) expect(compose.services).toHaveProperty(name)
    for (const volume of service.volumes) {
      const [from = '', to = ''] = volume.split(':')
      expect(to).toMatch(/^\//)
      if (!from.startsWith('.')) expect(compose.volumes).toHaveProperty(from)
    }
  }
  const mounted = daxfleet.volumes.map((volume) => volume.split(':')[1])
  expect(mounted).toEqual(
    expect.arrayContaining([
      daxfleet.working_dir,
      daxfleet.environment.DATA_DIR,
      daxfleet.environment.CACHE_DIR,
    ]),
  )
})

it('sets what Daxfleet reads, and nothing else', () => {
  for (const name of Object.keys(daxfleet.environment)) expect(Object.keys(variables)).toContain(name)
})

it('has no password of its own, and reaches its database by the one it is given', () => {
  const url = daxfleet.environment.DATABASE_URL ?? ''
  const { POSTGRES_USER: user, POSTGRES_DB: database, POSTGRES_PASSWORD: password } = postgres.environment
  expect(password).toMatch(/^\$\{POSTGRES_PASSWORD:\?/)
  expect(url).toBe(`postgresql://${user}:${password}@postgres:5432/${database}`)
})

it('is reached from this machine alone, and is well when its own page says so', () => {
  expect(daxfleet.ports).toEqual([`127.0.0.1:${variables.PORT.fallback}:${variables.PORT.fallback}`])
  expect(postgres.ports).toBeUndefined()
  expect(daxfleet.healthcheck.test[1]).toContain(`127.0.0.1:${variables.PORT.fallback}/readyz`)
  expect(fs.existsSync(path.join(root, 'app/readyz'))).toBe(true)
})

it('starts and stops as the units do', () => {
  expect(daxfleet.command).toContain('npm start')
  const unit = read('deploy/daxfleet.service')
  const unitStops = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])
  const needed = Number(variables.SHUTDOWN_SECONDS.fallback)
  expect(`${unitStops}s`).toBe(daxfleet.stop_grace_period)
  expect(unitStops).toBeGreaterThan(needed)
  const scripts = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json'))).scripts
  const started = /^ExecStart=\/usr\/bin\/node (.+)$/m.exec(unit)?.[1]
  expect(scripts.start).toBe(`exec node ${started}`)
})
