import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { waitFor } from '@/scripts/launch/wait'
import { enqueue, migrateQueue } from '@/server/lib/queue'
import { keepTakingMessages } from '@/server/worker/queue-runner'
import { createJobStage, type JobStage } from '../../support/jobs'
import { ScriptedAgent } from '../../support/scripted-agent'
import { workerContext } from '../../support/test-worker'

let stage: JobStage
beforeAll(async () => {
  stage = await createJobStage()
  await migrateQueue(stage.pg)
})
afterAll(() => stage.close())

it('takes messages again after it gave up, though a task of before is still at work', async () => {
  const taken: string[] = []
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const task = (name: string, work?: Promise<void>) => async () => {
    taken.push(name)
    await work
  }
  const queue = await keepTakingMessages(workerContext(stage, new ScriptedAgent()), {
    concurrency: 3,
    forbiddenFlags: async () => [],
    taskList: { 'run-job': task('long', held), 'probe-host': task('short'), rollout: task('later') },
  })
  const isTaken = (name: string) =>
    waitFor(() => (taken.includes(name) ? true : undefined), { withinMs: 30_000 })
  try {
    await enqueue(stage.pg, 'run-job', { jobId: randomUUID() })
    expect(await isTaken('long')).toBe(true)
    // The database refuses the end of a message, as one that goes away just then does.
    await stage.pg.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
      CREATE TRIGGER refuse BEFORE DELETE ON graphile_worker._private_jobs
        FOR EACH ROW EXECUTE FUNCTION refuse()`)
    await enqueue(stage.pg, 'probe-host', { hostId: randomUUID() })
    expect(await isTaken('short')).toBe(true)
    await enqueue(stage.pg, 'rollout', { rolloutId: 'c' })
    expect(await isTaken('later')).toBe(true)
  } finally {
    await stage.pg.query('DROP TRIGGER IF EXISTS refuse ON graphile_worker._private_jobs')
    letGo()
    await queue.stop()
  }
})
