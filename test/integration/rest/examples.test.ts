import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { utils } from 'ssh2'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { GET as handle } from '@/app/api/v1/[...path]/route'
import { problemCodes } from '@/server/rest/problem'
import { serve } from '@/test/support/http'
import { addReadyHost, addReadyPlan } from '@/test/support/jobs'
import { createServedStage, type ServedStage } from '@/test/support/served-stage'

const text = readFileSync(fileURLToPath(new URL('../../../docs/api.md', import.meta.url)), 'utf8')
const examples = [...text.matchAll(/```sh\n(curl[^`]+)# answers: ([\w, ]+)\n```/g)].map(
  ([, command = '', keys = '']) => ({ command, keys: keys.split(', ') }),
)

let stage: ServedStage
let server: Awaited<ReturnType<typeof serve>>
let variables: NodeJS.ProcessEnv
beforeAll(async () => {
  server = await serve(handle)
  stage = await createServedStage({ PORT: String(server.port) })
  const { token } = await stage.person('admin')
  const [one, two] = [await addReadyHost(stage, 'db-01'), await addReadyHost(stage, 'db-02')]
  const planId = await addReadyPlan(stage, one)
  const { digest, phrase } = await stage.caller.plans.get({ planId })
  const { private: privateKey } = utils.generateKeyPairSync('ed25519')
  const key = await stage.caller.credentials.add({ name: 'fleet key', privateKey })
  if (key.type !== 'added') throw new Error(key.message)
  variables = {
    ...{ DAXFLEET: server.origin, TOKEN: token, CREDENTIAL_ID: key.credential.id, DEVICE_ID: two.deviceId },
    ...{
      PLAN_ID: planId,
      DIGEST: digest ?? '',
      PHRASE: phrase,
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'test',
    },
  }
})
afterAll(async () => {
  await server.close()
  await stage.close()
})

it('finds the examples', () => expect(examples.length).toBeGreaterThan(6))

it.each(examples)('runs as it stands: $command', async ({ command, keys }) => {
  const { stdout } = await promisify(execFile)('sh', ['-euc', command], { env: variables })
  expect(Object.keys(JSON.parse(stdout))).toEqual(expect.arrayContaining(keys))
})

it('knows every code of a problem with its status', () => {
  const told = [...text.matchAll(/^\| (`[a-z_`, ]+`) \| ([\d, ]+) \|/gm)].flatMap(
    ([, codes = '', statuses = '']) => {
      const numbers = statuses.split(', ').map(Number)
      return codes.split(', ').map((code, at) => [code.replaceAll('`', ''), numbers[at] ?? 0] as const)
    },
  )
  expect(Object.fromEntries(told)).toEqual(problemCodes)
})
