import type { ReactNode } from 'react'
import { ButtonLink } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { CommandLine } from '@/app/_components/command-line'

/** An empty fleet teaches: the exact steps, the commands to copy, and a lab for those without hardware. */
export function FirstSteps() {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[1.7fr_1fr]">
      <Card title="Four steps to the first host">
        <ol className="grid">
          <Step number={1} title="An account on the host">
            <p>
              An ordinary one without a password. Root works as well, and is more than is needed. On the host:
            </p>
            <CommandLine
              label="the command that makes the account"
              text="sudo useradd --create-home --shell /bin/sh --password '*' daxfleet"
            />
          </Step>
          <Step number={2} title="A key for it">
            <p>
              Make one here, or use one you have. The private half is stored encrypted; the public half goes
              into the account's <code className="font-mono text-xs">~/.ssh/authorized_keys</code>, by the
              second command on the host, where you brought{' '}
              <code className="font-mono text-xs">daxfleet-key.pub</code>.
            </p>
            <CommandLine
              label="the command that makes a key"
              text="ssh-keygen -t ed25519 -N '' -C daxfleet -f ./daxfleet-key"
            />
            <CommandLine
              label="the command that lets the key in"
              text="sudo install -D -m 644 daxfleet-key.pub ~daxfleet/.ssh/authorized_keys"
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
          <Step number={4} title="Let it run the agent as root, and nothing else">
            <p>
              Once the key is trusted, the host shows <em>sudo refused</em>. Its Access tab has the file for
              sudo, which names Daxfleet's agent by its SHA-256, and the command that checks and installs it.
              With it in place, probe the host again.
            </p>
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
