import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { JournalLine, PlanResult } from '@/agents/protocol'
import { AgentOnGuest } from '../support/agent-on-guest'
import { daxctlDevice } from '../support/guest-memory'
import { describeWithGuests, useGuest } from '../support/guests'
import { Operator } from '../support/operator'
import { useProduct } from '../support/product'
import { journalOnGuest, resetDevice } from '../support/settled'

const FOLDER = '/etc/daxfleet/hooks.d'
const PRE = `${FOLDER}/pre-convert`
const POST = `${FOLDER}/post-convert`
/** Where hooks of these tests leave word; not the state folder, which is the agent's own. */
const NOTES = '/run/hook-notes'

describeWithGuests('hooks on a host', () => {
  const guest = useGuest({ name: 'hooks' })
  let agent: AgentOnGuest
  let jobId = ''

  const shell = (script: string) => guest().text(['sh', '-c', script])
  const install = async (path: string, script: string) => {
    const stdin = `#!/bin/sh\n${script}\n`
    await guest().text(['sh', '-c', `cat > ${path} && chmod 755 ${path} && chown 0:0 ${path}`], { stdin })
  }
  const plan = (hookSeconds = 60) => agent.plan('movable', 'dax0.0', hookSeconds)
  const convert = (planned: PlanResult, between?: () => Promise<void>) =>
    agent.convert(jobId, planned, between ?? 'go')
  const notes = async () => (await guest().run(['cat', NOTES])).stdout
  const mode = async () => (await daxctlDevice(guest())).mode

  beforeAll(async () => {
    agent = await AgentOnGuest.install(guest())
    await shell(`chmod go-w / /etc; mkdir -p ${FOLDER}`)
  })
  afterAll(() => agent?.close())
  beforeEach(() => {
    jobId = randomUUID()
  })
  afterEach(async () => {
    await shell(`rm -f ${PRE} ${POST} ${NOTES}; chmod 755 ${FOLDER} && chown 0:0 ${FOLDER}`)
    if ((await mode()) === 'system-ram') await resetDevice(guest())
  })

  it('that are not there change nothing', async () => {
    const planned = await plan()
    expect(planned.item?.preconditions.hooks).toEqual([])
    expect(await convert(planned)).toMatchObject({ outcome: 'converted' })
    expect(await mode()).toBe('system-ram')
  })

  it('run around the writes with a clean environment, no lock and no journal in their hands', async () => {
    const note = [
      `{ echo "$0 on $(basename "$(readlink /sys/bus/dax/devices/$DAXFLEET_DEVICE/driver)")"`,
      'env | sort',
      'echo "cwd $(pwd), umask $(umask)"',
      'for fd in /proc/self/fd/*; do readlink "$fd"; done',
      `} >> ${NOTES}`,
      'exit 0',
    ].join('\n')
    await install(PRE, note)
    await install(POST, note)
    const planned = await plan()
    expect(await convert(planned)).toMatchObject({ outcome: 'converted', refusals: [] })
    const said = await notes()
    expect(said).toContain(`${PRE} on device_dax`)
    expect(said).toContain(`${POST} on kmem`)
    expect(said).toContain(`DAXFLEET_PLAN_DIGEST=${planned.digest}`)
    expect(said).toContain(`DAXFLEET_DEVICE_ID=${planned.item?.invariants.deviceId}`)
    expect(said).toContain('DAXFLEET_OUTCOME=converted')
    expect(said).toContain('cwd /, umask 0022')
    const names = said.split('\n').flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? [])
    const own = new Set(['PATH', 'HOME', 'LANG', 'PWD', 'SHLVL', 'OLDPWD', '_'])
    expect(names.filter((name) => !own.has(name) && !name.startsWith('DAXFLEET_'))).toEqual([])
    expect(said).not.toMatch(/daxfleet\/(lock|jobs|token)/)
  })

  it('forbid the conversion: nothing is written, and the hook’s last words are told', async () => {
    await install(PRE, 'echo "node db-7 has pods that cannot be moved" >&2; exit 7')
    await install(POST, `echo ran > ${NOTES}`)
    const outcome = await convert(await plan())
    expect(outcome).toMatchObject({ outcome: 'refused', refusals: [{ code: 'hook_refused' }] })
    expect(outcome.message).toMatch(/status 7.*Nothing was written.*pods that cannot be moved/)
    expect(await mode()).toBe('devdax')
    expect(writesIn(await journalOnGuest(guest(), jobId))).toBe(0)
    expect(await notes()).toBe('')
  })

  it('that hang are killed with all they started, wherever it went', async () => {
    await install(PRE, 'sleep 100001 & setsid sleep 100002 & (trap "" TERM HUP; sleep 100003) & sleep 100004')
    const outcome = await convert(await plan(2))
    expect(outcome).toMatchObject({ outcome: 'refused', refusals: [{ code: 'hook_refused' }] })
    expect(outcome.message).toContain('had not ended after 2 s and was killed')
    expect(await shell('ps | grep "sleep 10000[1-4]" | grep -v grep || true')).toBe('')
    expect(await mode()).toBe('devdax')
  })

  it('that say more and more are heard to their end, and cost neither memory nor the deadline', async () => {
    await install(PRE, 'yes drained | head -c 2000000; echo last words; exit 4')
    const outcome = await convert(await plan())
    expect(outcome.message).toMatch(/status 4.*last words/s)
    await install(PRE, 'yes for ever')
    expect((await convertAs(randomUUID(), await plan(2))).message).toContain('had not ended after 2 s')
  })

  it('that leave something in the background do not hold the conversion up', async () => {
    await install(PRE, 'sleep 100005 & exit 0')
    expect(await convert(await plan())).toMatchObject({ outcome: 'converted' })
    expect(await shell('ps | grep "sleep 100005" | grep -v grep || true')).toBe('')
  })

  it('that fail afterwards leave the memory as it was read back, and say so', async () => {
    await install(POST, 'echo kubelet does not start; exit 1')
    const outcome = await convert(await plan())
    expect(outcome).toMatchObject({ outcome: 'converted', refusals: [{ code: 'hook_failed' }] })
    expect(outcome.message).toContain('kubelet does not start')
    expect(await mode()).toBe('system-ram')
  })

  it.each([
    ['another owner', `chown 1000 ${PRE}`],
    ['a group that can write', `chmod 775 ${PRE}`],
    ['no right to be run', `chmod 644 ${PRE}`],
    ['a link in its place', `mv ${PRE} /run/real-hook; ln -s /run/real-hook ${PRE}`],
    ['a folder of somebody else', `chown 1000 ${FOLDER}`],
    ['a folder that others can write to', `chmod 777 ${FOLDER}`],
  ])('with %s are refused in the plan and under the lock', async (_what, spoil) => {
    await install(PRE, `echo ran > ${NOTES}`)
    const approved = await plan()
    await shell(spoil)
    const refused = await plan()
    expect(refused.verdict).toBe('refused')
    expect(refused.refusals.map(({ code }) => code)).toContain('hook_unsafe')
    const outcome = await convert(approved)
    expect(outcome).toMatchObject({ outcome: 'refused' })
    expect(outcome.refusals.map(({ code }) => code)).toEqual(['hook_changed', 'hook_unsafe'])
    expect(await notes()).toBe('')
    expect(await mode()).toBe('devdax')
  })

  it('that changed after the plan are drift, before ready and after it', async () => {
    await install(PRE, `echo first > ${NOTES}`)
    const approved = await plan()
    await install(PRE, `echo second > ${NOTES}`)
    expect(await convert(approved)).toMatchObject({
      outcome: 'refused',
      refusals: [{ code: 'hook_changed' }],
    })
    const renewed = await plan()
    const swapped = await agent.convert(randomUUID(), renewed, () => install(PRE, `echo third > ${NOTES}`))
    expect(swapped).toMatchObject({ outcome: 'refused', refusals: [{ code: 'hook_changed' }] })
    expect(await notes()).toBe('')
    expect(await mode()).toBe('devdax')
  })

  it('do not outlive an agent that was killed: whoever takes the job up ends them and says so', async () => {
    await install(PRE, `echo $$ > ${NOTES}; sleep 100006 & setsid sleep 100007 & sleep 100008`)
    const approved = await plan()
    // Both the agent that answers and the one that acts, as soon as the hook has begun.
    const killed = shell(`until [ -s ${NOTES} ]; do sleep 0.1; done; killall -9 daxfleet-agent act || true`)
    const replies = await agent.start(jobId, approved)
    await killed
    expect(replies.some((reply) => reply.type === 'end' && reply.state === 'finished')).toBe(false)
    const outcome = await agent.recover(jobId, approved)
    expect(outcome).toMatchObject({ outcome: 'cancelled' })
    expect(outcome.message).toContain('died while its pre-convert hook ran')
    const told = (await journalOnGuest(guest(), jobId)).find(
      (line) => line.kind === 'step' && line.step === 'pre-convert' && line.state === 'failed',
    )
    expect(told).toMatchObject({ detail: expect.stringMatching(/\d process(es)? that it had left behind/) })
    expect(await shell('ps | grep "sleep 10000[678]" | grep -v grep || true')).toBe('')
    expect(await mode()).toBe('devdax')
  })

  const convertAs = (id: string, planned: PlanResult) => agent.convert(id, planned)
})

describeWithGuests('a host whose hook after the conversion fails', () => {
  const guest = useGuest({ name: 'hook-fails' })
  const operator = new Operator(useProduct())

  it('is converted to the byte, and told to be looked at', async () => {
    const script = `mkdir -p ${FOLDER} && chmod go-w / /etc && cat > ${POST} && chmod 755 ${POST}`
    await guest().text(['sh', '-c', script], { stdin: '#!/bin/sh\necho kubelet is not back\nexit 1\n' })
    const host = await operator.enrol(guest())
    const plan = await operator.plan(host, 'dax0.0')
    expect(plan.hooks).toMatchObject([{ phase: 'post-convert', path: POST, uid: 0, deadlineSeconds: 600 }])
    const job = await operator.ended(await operator.start(plan))
    expect(job).toMatchObject({ state: 'converted', causeCode: 'hook_failed' })
    expect(job.onlineBytesAfter).toBe(plan.gainBytes)
    expect(job.message).toContain('kubelet is not back')
    expect(job.next).toContain(POST)
    expect(job.steps.map(({ name, state }) => `${name} ${state}`).slice(-3)).toEqual([
      'online done',
      'post-convert failed',
      'verify done',
    ])
    expect((await daxctlDevice(guest())).mode).toBe('system-ram')
  })
})

const writesIn = (journal: readonly JournalLine[]) => journal.filter(({ kind }) => kind === 'intent').length
