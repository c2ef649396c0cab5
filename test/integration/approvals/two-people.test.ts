import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { expireRequests } from '@/server/approvals/withdraw'
import { recordInspection } from '@/server/hosts/record-probe'
import { transactionLimits } from '@/server/lib/service-context'
import { getPlan } from '@/server/plans/view'
import type { RunningWorker } from '@/server/worker/worker'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { inspectionOf } from '@/test/support/inspection'
import { addReadyHost, addReadyPlan, type ReadyHost } from '@/test/support/jobs'
import { addPerson, type Person } from '@/test/support/people'
import { makeRollout, planningAgent, reaches } from '@/test/support/rollouts'
import { startTestWorker } from '@/test/support/test-worker'

let stage: TestStage
let host: ReadyHost
let count = 0
const who = {} as Record<'ola' | 'ann' | 'bob' | 'root', Person>
let running: RunningWorker[] = []

beforeAll(async () => {
  stage = await createTestStage()
  who.ola = await addPerson(stage, 'ola', 'operator')
  who.ann = await addPerson(stage, 'ann', 'approver')
  who.bob = await addPerson(stage, 'bob', 'approver')
  who.root = await addPerson(stage, 'root', 'admin')
})
afterAll(() => stage.close())
beforeEach(async () => {
  await stage.pg.query('TRUNCATE "Host", "Rollout", "TwoPersonRule", "ApprovalRequest" CASCADE')
  host = await addReadyHost(stage, `two-${++count}`)
  await stage.db.host.update({ where: { id: host.hostId }, data: { labels: { env: 'prod' } } })
})
afterEach(async () => {
  await Promise.all(running.map((worker) => worker.stop(5_000)))
  running = []
})

const prod = () => who.root.caller.approvals.addRule({ selector: 'label:env=prod' })

/** The plan as a person sees it. */
async function seen() {
  const { id: planId, digest, phrase } = await getPlan(stage, await addReadyPlan(stage, host))
  return { planId, digest: digest ?? '', phrase }
}

/** Somebody asks for a second person; what the second is shown. */
async function asked(by: Person = who.ola) {
  const plan = await seen()
  const answer = await by.caller.approvals.request({
    planId: plan.planId,
    digest: plan.digest,
    note: 'tonight',
  })
  if (answer.type !== 'requested') throw new Error(answer.message)
  return { ...plan, requestId: answer.requestId }
}
const standing = async (requestId: string) => {
  const { requests } = await who.ola.caller.approvals.list({})
  return requests.find(({ id }) => id === requestId)
}
const auditOf = async (requestId: string) =>
  (await stage.db.auditEntry.findMany({ where: { subjectId: requestId }, orderBy: { id: 'asc' } })).map(
    ({ action, actorId }) => `${actorId}: ${action}`,
  )

describe('where a rule asks for a second person', () => {
  it('nobody approves alone; another approver does, and both stand in the log', async () => {
    expect(await prod()).toEqual({ type: 'done', withdrawn: 0 })
    const plan = await seen()
    expect(await who.ann.caller.jobs.start(plan)).toMatchObject({
      type: 'refused',
      message: expect.stringContaining('label:env=prod'),
      next: expect.stringContaining('Ask for approval'),
    })
    expect(await stage.db.job.count()).toBe(0)

    const request = await asked(who.ann)
    expect(await who.ann.caller.approvals.approve(request)).toMatchObject({
      message: expect.stringContaining('You asked for this yourself'),
    })
    await expect(who.ola.caller.approvals.approve(request)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await who.bob.caller.approvals.approve({ ...request, phrase: 'yes' })).toMatchObject({
      message: 'The phrase does not match.',
    })
    expect(await who.bob.caller.approvals.approve({ ...request, digest: '0'.repeat(64) })).toMatchObject({
      type: 'refused',
    })
    const done = await who.bob.caller.approvals.approve(request)
    if (done.type !== 'done' || done.jobId === null) throw new Error(JSON.stringify(done))
    const job = await stage.db.job.findUniqueOrThrow({ where: { id: done.jobId } })
    expect(job).toMatchObject({ state: 'queued', approvedBy: who.bob.email, digest: request.digest })
    expect(job.approvalEndsAt?.getTime()).toBeGreaterThan(Date.now())
    expect(await standing(request.requestId)).toMatchObject({
      state: 'approved',
      requestedBy: who.ann.email,
      decidedBy: who.bob.email,
      jobId: done.jobId,
    })
    expect(await auditOf(request.requestId)).toEqual([
      `${who.ann.email}: approval.requested`,
      `${who.bob.email}: approval.approved`,
    ])
    expect(await who.bob.caller.approvals.approve(request)).toMatchObject({
      message: expect.stringContaining('approved already'),
    })
  })

  it('a host under no rule is approved by one person', async () => {
    await prod()
    await stage.db.host.update({ where: { id: host.hostId }, data: { labels: { env: 'test' } } })
    const plan = await seen()
    expect(await who.ola.caller.approvals.request(plan)).toMatchObject({
      message: 'No second person is needed for this.',
    })
    expect(await who.ann.caller.jobs.start(plan)).toMatchObject({ type: 'started' })
  })

  it('the database itself lets no one person be both', async () => {
    await prod()
    const { requestId } = await asked()
    await expect(
      stage.pg.query(
        `UPDATE "ApprovalRequest" SET state = 'approved', "deciderId" = "requesterId", "decidedAt" = now() WHERE id = $1`,
        [requestId],
      ),
    ).rejects.toThrow(/two_people/)
  })

  it('a rejection says who and why, and it can be asked for again', async () => {
    await prod()
    const request = await asked()
    await expect(
      who.bob.caller.approvals.reject({ requestId: request.requestId, reason: ' ' }),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    await who.bob.caller.approvals.reject({ requestId: request.requestId, reason: 'not on a Friday' })
    expect(await standing(request.requestId)).toMatchObject({
      state: 'rejected',
      decidedBy: who.bob.email,
      reason: 'not on a Friday',
    })
    const again = { planId: request.planId, digest: request.digest }
    expect(await who.ola.caller.approvals.request(again)).toMatchObject({ type: 'requested' })
    expect(await who.ann.caller.approvals.request(again)).toMatchObject({
      message: 'Somebody has asked for this already.',
    })
  })

  it('only whoever asked takes it back', async () => {
    await prod()
    const { requestId } = await asked()
    expect(await who.ann.caller.approvals.withdraw({ requestId })).toMatchObject({ type: 'refused' })
    expect(await who.ola.caller.approvals.withdraw({ requestId })).toMatchObject({ type: 'done' })
    expect(await standing(requestId)).toMatchObject({ state: 'withdrawn', decidedBy: who.ola.email })
  })

  it('a request of somebody who was let go since is not approved', async () => {
    const gone = await addPerson(stage, `gone-${count}`, 'operator')
    await prod()
    const request = await asked(gone)
    await who.root.caller.people.disable({ userId: gone.userId })
    expect(await who.bob.caller.approvals.approve(request)).toMatchObject({
      message: `${gone.email} may no longer ask for it.`,
    })
  })
})

describe('a request ends', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['a rule is added', () => who.root.caller.approvals.addRule({ selector: 'host:*' }), /policy/],
    [
      'a rule is removed',
      async () => {
        const { rules } = await who.root.caller.approvals.policy()
        return who.root.caller.approvals.removeRule({ ruleId: rules[0]?.id ?? '' })
      },
      /policy/,
    ],
    ['the hours change', () => who.root.caller.approvals.setHours({ validHours: 2 + count }), /policy/],
    [
      'the host restarts',
      () => {
        const inspection = inspectionOf(host.name)
        const restarted = { ...inspection, host: { ...inspection.host, bootId: 'another' } }
        return recordInspection(stage, host.hostId, restarted)
      },
      /restarted/,
    ],
    [
      'the device is gone',
      () => recordInspection(stage, host.hostId, { ...inspectionOf(host.name), devices: [] }),
      /device is gone/,
    ],
  ])('when %s', async (_what, act, why) => {
    await prod()
    const request = await asked()
    await act()
    expect(await standing(request.requestId)).toMatchObject({
      state: 'withdrawn',
      reason: expect.stringMatching(why),
    })
    expect(await who.bob.caller.approvals.approve(request)).toMatchObject({ type: 'refused' })
    expect(await stage.db.job.count()).toBe(0)
  })

  it('not by a probe that reads the host as it was', async () => {
    await prod()
    const { requestId } = await asked()
    await recordInspection(stage, host.hostId, inspectionOf(host.name))
    expect(await standing(requestId)).toMatchObject({ state: 'waiting' })
  })

  it('when its hours are over: at once for who would approve, and in the log by the sweep', async () => {
    await prod()
    const request = await asked()
    await stage.pg.query(`UPDATE "ApprovalRequest" SET "expiresAt" = now() - interval '1 second'`)
    expect(await who.bob.caller.approvals.approve(request)).toMatchObject({
      message: expect.stringContaining('run out'),
    })
    expect((await who.bob.caller.approvals.list({})).waiting).toBe(0)
    await stage.db.$transaction((tx) => expireRequests(tx, stage.actor), transactionLimits)
    expect(await auditOf(request.requestId)).toContain('test-worker: approval.expired')
  })

  it('when its host is removed, and the log keeps that', async () => {
    await prod()
    const { requestId } = await asked()
    await who.root.caller.hosts.remove({ hostId: host.hostId })
    expect(await auditOf(requestId)).toContain(`${who.root.email}: approval.withdrawn`)
  })
})

describe('a rollout over such hosts', () => {
  const ready = async () => {
    running.push(await startTestWorker(stage, planningAgent()))
    const rolloutId = await makeRollout(stage, 'host:*')
    const { digest, phrase } = await reaches(stage, rolloutId, 'ready')
    return { rolloutId, digest: digest ?? '', phrase }
  }

  it('is approved by a second person, and begins', async () => {
    await prod()
    const rollout = await ready()
    expect(await who.ann.caller.rollouts.approve(rollout)).toMatchObject({
      type: 'refused',
      message: expect.stringContaining('label:env=prod'),
    })
    const { rolloutId, digest } = rollout
    const request = await who.ola.caller.approvals.request({ rolloutId, digest })
    if (request.type !== 'requested') throw new Error(request.message)
    const [shown] = (await who.bob.caller.approvals.list({ states: ['waiting'] })).requests
    expect(shown).toMatchObject({ rolloutId, devices: 1, hosts: 1, isMine: false })
    const approval = { requestId: request.requestId, digest, phrase: rollout.phrase }
    expect(await who.bob.caller.approvals.approve(approval)).toMatchObject({ type: 'done' })
    expect(await reaches(stage, rolloutId, 'finished')).toMatchObject({ approvedBy: who.bob.email })
    expect((await stage.db.job.findFirstOrThrow()).approvalEndsAt).not.toBeNull()
  })

  it('begins no host once the approval has run out, and says so', async () => {
    await prod()
    const { rolloutId, digest, phrase } = await ready()
    const request = await who.ola.caller.approvals.request({ rolloutId, digest })
    if (request.type !== 'requested') throw new Error(request.message)
    await Promise.all(running.map((worker) => worker.stop(5_000)))
    running = []
    await who.bob.caller.approvals.approve({ requestId: request.requestId, digest, phrase })
    await stage.pg.query(`UPDATE "Rollout" SET "approvalEndsAt" = now() - interval '1 second'`)
    running.push(await startTestWorker(stage, planningAgent()))
    expect(await reaches(stage, rolloutId, 'stopped')).toMatchObject({
      reason: 'approval_expired',
      reasonText: expect.stringContaining('ran out'),
    })
    expect(await stage.db.job.count()).toBe(0)
  })

  it('takes its request back when it is discarded', async () => {
    await prod()
    const { rolloutId, digest } = await ready()
    const request = await who.ola.caller.approvals.request({ rolloutId, digest })
    if (request.type !== 'requested') throw new Error(request.message)
    await who.ola.caller.rollouts.abort({ rolloutId })
    expect(await standing(request.requestId)).toMatchObject({ state: 'withdrawn' })
  })
})

describe('rules', () => {
  it.each(['', 'kind:pmem', 'state:ready', 'label:', 'size>=1GiB'])('%j is none', async (selector) => {
    expect(await who.root.caller.approvals.addRule({ selector })).toMatchObject({ type: 'refused' })
  })

  it('are an admin’s, tell how many hosts they are over, and are there once', async () => {
    await expect(who.bob.caller.approvals.addRule({ selector: 'host:*' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await prod()
    expect(await prod()).toMatchObject({ message: 'This rule is there already.' })
    await addReadyHost(stage, `other-${count}`)
    expect(await who.ola.caller.approvals.policy()).toMatchObject({
      rules: [{ selector: 'label:env=prod', hosts: 1, createdBy: who.root.email }],
    })
  })
})
