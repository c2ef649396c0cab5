import { expect, it } from 'vitest'
import { ModelledHost } from '@/test/support/modelled-host'

it('what is looked up while a host goes down is not what its next start shows', async () => {
  const host = new ModelledHost()
  const { machine } = host
  // A program of its own, as a server has them: the tree of files is kept from one agent to the next.
  const sshd = machine.spawn({ name: 'sshd' })
  await host.ask(host.convertRequest(await host.approved()))
  machine.whenDown(() => machine.find(sshd, '/sys/bus/dax/devices/dax0.0/driver'))
  machine.reboot()
  machine.spawn({ name: 'sshd' })
  expect((await host.plan()).verdict).toBe('convertible')
})
