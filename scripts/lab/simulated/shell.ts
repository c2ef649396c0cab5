/** What a command line asks for; the commands are known by their form, and nothing else is run. */
export type Command =
  /** Who the account is, and which of these agents lie ready. */
  | { do: 'look'; digests: string[] }
  /** Takes the agent on stdin. */
  | { do: 'place'; digest: string }
  /** Starts the agent as root or as the account itself. */
  | { do: 'run'; digest: string; as: 'root' | 'account' }
  | { do: 'unknown'; program: string }

const SCRIPT = /^exec \/bin\/sh -c '([^']*)'$/
const DIGEST = '[0-9a-f]{64}'
const LOOK = new RegExp(`; for h in ((?:${DIGEST} ?)*); do .*; echo "looked=yes"$`)
const PLACE = new RegExp(`; f="\\$d/agent-(${DIGEST})"; t="\\$f\\.\\$\\$"; .*; echo "placed=yes"$`)
const RUN = new RegExp(`; exec "\\$HOME/\\.daxfleet/agent-(${DIGEST})"$`)
const RUN_BY_SUDO = new RegExp(`; if .* ln -s agent-(${DIGEST}) .*; exec sudo -n -- "\\$a"$`)

/** Reads a command line as a host's sshd is given it. */
export function readCommand(text: string): Command {
  const script = SCRIPT.exec(text)?.[1] ?? ''
  const look = LOOK.exec(script)
  if (look !== null) return { do: 'look', digests: (look[1] ?? '').split(' ').filter((word) => word !== '') }
  const place = PLACE.exec(script)
  if (place !== null) return { do: 'place', digest: place[1] ?? '' }
  const run = RUN.exec(script)
  if (run !== null) return { do: 'run', digest: run[1] ?? '', as: 'account' }
  const bySudo = RUN_BY_SUDO.exec(script)
  if (bySudo !== null) return { do: 'run', digest: bySudo[1] ?? '', as: 'root' }
  const words = (script === '' ? text : script).trim().split(/\s+/)
  return { do: 'unknown', program: words[0] ?? '' }
}
