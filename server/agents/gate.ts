import { createHash } from 'node:crypto'
import { listCommand, lookCommand, placeCommand, runCommand } from './host-shell'

/** Where the gate belongs on a host: root's own, so that the account cannot change it. */
export const gatePath = '/usr/local/libexec/daxfleet-gate'

/** What a refused command is told with; `gateRefused` knows it by this. */
const refusal = 'daxfleet-gate: this is none of the commands that Daxfleet runs here'

/** True for what the gate prints when it lets a command not pass. */
export const gateRefused = (stderr: string): boolean => stderr.includes(refusal)

/**
 * A forced command (sshd(8), authorized_keys) for the key: a shell script that runs what Daxfleet runs with these agents,
 * word for word, and nothing else. Commands are told by their SHA-256; `x64` and `arm64` are the agents' digests.
 */
export function gateScript(agents: { x64: readonly string[]; arm64: readonly string[] }): string {
  const commands = [
    ...lookedFor(agents).map((digests) => ({ what: 'look', text: lookCommand(digests) })),
    { what: 'list', text: listCommand },
    ...[...agents.x64, ...agents.arm64].flatMap((digest) => [
      { what: `place ${digest.slice(0, 12)}`, text: placeCommand(digest) },
      { what: `run ${digest.slice(0, 12)} as the account`, text: runCommand(digest, 'account') },
      { what: `run ${digest.slice(0, 12)} by sudo`, text: runCommand(digest, 'sudo') },
    ]),
  ]
  return [
    '#!/bin/sh',
    '# Daxfleet: what its key may run on this host, told by SHA-256. Root’s own file, mode 755; in authorized_keys:',
    `#   restrict,command="${gatePath}" ssh-ed25519 …`,
    'LC_ALL=C; export LC_ALL',
    'case $(printf %s "$SSH_ORIGINAL_COMMAND" | sha256sum) in',
    ...commands.map(({ what, text }) => `  "${sha256(text)}  -") ;; # ${what}`),
    `  *) echo "${refusal}" >&2; exit 77 ;;`,
    'esac',
    'exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"',
    '',
  ].join('\n')
}

/** One look asks for the agents of both architectures, or for one after it was sent. */
function lookedFor({ x64, arm64 }: { x64: readonly string[]; arm64: readonly string[] }): string[][] {
  const singles = [...x64, ...arm64].map((digest) => [digest])
  return [...singles, ...x64.flatMap((one) => arm64.map((other) => [one, other]))]
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
