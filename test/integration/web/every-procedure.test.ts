import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appRouter } from '@/server/trpc/root'
import { createTestStage, type TestStage } from '@/test/support/caller'

/** What is there before anybody can be signed in; each more is a decision. */
const publicProcedures = ['setup.complete', 'setup.status']

const paths = Object.keys(appRouter._def.procedures).toSorted()

let stage: TestStage
beforeAll(async () => {
  stage = await createTestStage()
})
afterAll(() => stage.close())

function call(path: string): Promise<unknown> {
  let target: unknown = stage.stranger
  for (const part of path.split('.')) target = Reflect.get(Object(target), part)
  return typeof target === 'function' ? target({}) : Promise.reject(new Error(`${path} is no procedure`))
}

describe('without a session', () => {
  it('is told of by every router', () => {
    expect(paths).toEqual(expect.arrayContaining(['hosts.list', 'jobs.start', 'events.stream']))
  })

  it.each(paths.filter((path) => !publicProcedures.includes(path)))('%s is refused', async (path) => {
    await expect(call(path)).rejects.toMatchObject({ code: 'UNAUTHORIZED', message: 'Sign in first.' })
  })

  it('only the named procedures answer', async () => {
    await expect(stage.stranger.setup.status()).resolves.toEqual({ needsSetup: true })
    expect(publicProcedures.every((path) => paths.includes(path))).toBe(true)
  })
})
