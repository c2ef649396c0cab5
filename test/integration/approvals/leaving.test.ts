import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { addReadyHost, type ReadyHost } from '@/test/support/jobs'
import { addPerson, type Person } from '@/test/support/people'

let stage: TestStage
let host: ReadyHost
let operator: Person
let admin: Person
let count = 0

beforeAll(async () => {
  stage = await createTestStage()
  operator = await addPerson(stage, 'ola', 'operator')
  admin = await addPerson(stage, 'root', 'admin')
  await admin.caller.approvals.addRule({ selector: 'label:env=prod' })
})
afterAll(() => stage.close())
beforeEach(async () => {
  host = await addReadyHost(stage, `ruled-${++count}`)
  await stage.db.host.update({
    where: { id: host.hostId },
    data: { labels: { env: 'prod', rack: 'r1' } },
  })
})

const labels = async () => (await stage.db.host.findUniqueOrThrow({ where: { id: host.hostId } })).labels
const refused = {
  type: 'refused',
  message: expect.stringContaining('is under the rule label:env=prod'),
  next: 'Ask an admin to do it.',
}
const relabel = (who: Person, key: string, value: string | null) =>
  who.caller.hosts.label({
    targets: { type: 'hosts', hostIds: [host.hostId] },
    key,
    value,
    expected: 1,
  })

it('does not let an operator take a host out of a rule, by whichever way', async () => {
  const { hostId } = host
  expect(await operator.caller.hosts.update({ hostId, labels: { rack: 'r1' } })).toMatchObject(refused)
  expect(await relabel(operator, 'env', null)).toMatchObject(refused)
  expect(await relabel(operator, 'env', 'test')).toMatchObject(refused)
  expect(await operator.caller.hosts.remove({ hostId })).toMatchObject(refused)
  expect(await labels()).toEqual({ env: 'prod', rack: 'r1' })
})

it('lets an operator change what no rule asks of, and put more hosts under one', async () => {
  const { hostId } = host
  expect(await relabel(operator, 'rack', 'r2')).toMatchObject({ type: 'changed', changed: 1 })
  await stage.db.host.update({ where: { id: hostId }, data: { labels: { env: 'test' } } })
  expect(await operator.caller.hosts.update({ hostId, labels: { env: 'prod', rack: 'r3' } })).toEqual({
    type: 'done',
  })
  expect(await labels()).toEqual({ env: 'prod', rack: 'r3' })
})

it('lets an admin, who can change the rules as well', async () => {
  expect(await relabel(admin, 'env', 'test')).toMatchObject({ type: 'changed', changed: 1 })
  expect(await admin.caller.hosts.remove({ hostId: host.hostId })).toEqual({ type: 'done' })
})
