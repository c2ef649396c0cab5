import type { ReactNode } from 'react'
import { ButtonLink } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { CommandLine } from '@/app/_components/command-line'

/** An empty fleet teaches: the exact steps, the commands to copy, and a lab for those without hardware. */
export function FirstSteps() {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[1.7fr_1fr]">
      <Card title="Three steps to the first host">
        <ol className="grid">
          <Step number={1} title="An account on the host that may become root">
            <p>Root itself, or an account that may run commands by sudo without a password:</p>
            <CommandLine
              label="the commands that make the account"
              text="sudo useradd -m daxfleet && echo 'daxfleet ALL=(root) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/daxfleet"
            />
          </Step>
          <Step number={2} title="A key for it">
            <p>
              Make one, or use one you have. Its public half goes into the account's{' '}
              <code className="font-mono text-xs">~/.ssh/authorized_keys</code>; the private half is stored
              encrypted.
            </p>
            <CommandLine
              label="the command that makes a key"
              text="ssh-keygen -t ed25519 -N '' -C daxfleet -f ./daxfleet-key && ssh-copy-id -i ./daxfleet-key.pub daxfleet@HOST"
            />
          </Step>
          <Step number={3} title="Add the host and compare its fingerprint">
            <p>
              Daxfleet contacts the host, shows the key it answers with, and does nothing more until you have
              compared it with what the host itself says:
            </p>
            <CommandLine
              label="the command that shows a host's fingerprint"
              text="for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -l -f $key; done"
            />
            <div>
              <ButtonLink href="/hosts/add" look="primary">
                Add hosts…
              </ButtonLink>
            </div>
          </Step>
        </ol>
      </Card>
      <Card title="No such hardware at hand?">
        <div className="grid gap-2 px-3.5 py-3 text-ink-2">
          <p>
            The built-in lab starts guests with real Linux kernels and emulated persistent memory on this
            machine, and adds them here. Stop Daxfleet, then:
          </p>
          <CommandLine label="the command that starts the lab" text="npm run demo" />
          <p className="text-ink-3 text-xs">
            It needs QEMU; on Debian, as root, it installs what is missing and says so.
          </p>
        </div>
      </Card>
    </div>
  )
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <li className="grid grid-cols-[28px_minmax(0,1fr)] border-line border-b px-3.5 py-3 last:border-b-0">
      <span
        aria-hidden="true"
        className="grid size-[18px] place-items-center rounded-full bg-run-bg font-semibold text-[11px] text-run"
      >
        {number}
      </span>
      <div className="grid gap-1.5 text-ink-2">
        <h3 className="font-medium text-ink">{title}</h3>
        {children}
      </div>
    </li>
  )
}
