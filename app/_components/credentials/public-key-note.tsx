import { CommandLine } from '../command-line'

/** The public half: what has to stand on every host. */
export function PublicKeyNote({ publicKey }: { publicKey: string }) {
  return (
    <div className="grid gap-1.5 text-ink-2">
      <p>
        This line belongs into <code className="font-mono text-xs">~/.ssh/authorized_keys</code> of the
        account on each host:
      </p>
      <CommandLine text={publicKey} label="the authorized_keys line" />
    </div>
  )
}
