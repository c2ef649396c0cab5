import { z } from 'zod'

/**
 * The shell text that runs on hosts, all of it. Fixed, for any POSIX sh (dash, busybox ash, bash); the only thing
 * ever put into it is a SHA-256 in hex, checked here. Everything else goes by stdin. The account's login shell only
 * has to start /bin/sh: one line in single quotes, without `'`, `\` or `!`, means the same to csh and fish.
 */
const digestSchema = z.string().regex(/^[0-9a-f]{64}$/)

function posix(statements: readonly string[]): string {
  return `exec /bin/sh -c '${statements.join('; ')}'`
}

const shellLocale = 'LC_ALL=C; export LC_ALL'

/** Where the account keeps agents. Its own folder, never one under /tmp that others can guess and fill. */
const prologue = [
  `${shellLocale}; umask 077`,
  'if [ -z "$HOME" ]; then echo "problem=the account has no home folder"; exit 1; fi',
  'd="$HOME/.daxfleet"',
]

/**
 * Says who we are there and which of these agents lies ready. One `key=value` a line; values are untrusted.
 * `agent=` is told only for a regular file in a real folder.
 */
export function lookCommand(digests: readonly string[]): string {
  const wanted = digests.map((digest) => digestSchema.parse(digest)).join(' ')
  return posix([
    ...prologue,
    'echo "uid=$(id -u)"; echo "machine=$(uname -m)"; echo "home=$HOME"',
    'if [ -h "$d" ]; then :; elif [ -d "$d" ]; then echo "folder=$(stat -c "%u %a" "$d")"; fi',
    `for h in ${wanted}; do f="$d/agent-$h"`,
    'if [ -h "$f" ]; then :; elif [ -f "$f" ]; then echo "agent=$h $(stat -c "%u %a" "$f") $(sha256sum < "$f")"; fi',
    'done',
    'echo "looked=yes"',
  ])
}

/** Receives the agent on stdin, checks it and puts it in place; `placed=yes` is the last line when it worked. */
export function placeCommand(digest: string): string {
  const hex = digestSchema.parse(digest)
  const orElse = (problem: string) => `|| { echo "problem=${problem}"; exit 1; }`
  return posix([
    ...prologue,
    `f="$d/agent-${hex}"; t="$f.$$"`,
    'if [ -h "$d" ]; then echo "problem=$d is a symbolic link"; exit 1; fi',
    `mkdir -p "$d" && chmod 700 "$d" ${orElse('$d cannot be made, or belongs to somebody else')}`,
    'gone() { rm -f "$t"; }; trap gone EXIT',
    `cat > "$t" ${orElse('$d cannot be written to (disk full, or read-only)')}`,
    's=$(sha256sum < "$t")',
    `[ "$s" = "${hex}  -" ] ${orElse('what arrived is not what was sent')}`,
    `chmod 700 "$t" && mv -f "$t" "$f" ${orElse('the agent cannot be moved into $d')}`,
    // Agents of other versions may belong to another server that still uses them: only old ones go.
    'find "$d/" -type f -name "agent-*" -mtime +30 -exec rm -f {} + 2>/dev/null',
    'echo "placed=yes"',
  ])
}

/**
 * Starts the agent, through sudo or as the account itself; the request follows on stdin. sudo is given one path for all
 * versions, which leads to the one that is meant: what decides is the digest in sudoers, and not who made the path lead
 * there (docs/decisions/least-privilege.md).
 */
export function runCommand(digest: string, through: 'sudo' | 'account'): string {
  const name = `agent-${digestSchema.parse(digest)}`
  if (through === 'account') return posix([shellLocale, `exec "$HOME/.daxfleet/${name}"`])
  return posix([
    shellLocale,
    'a="$HOME/.daxfleet/agent"',
    `if [ "$(readlink "$a")" != ${name} ]; then ln -s ${name} "$a.$$" && mv -f "$a.$$" "$a"; fi`,
    'exec sudo -n -- "$a"',
  ])
}

/** Lists what sudo lets the account do: the digests in it tell which agents the host's line knows. */
export const listCommand: string = posix([shellLocale, 'exec sudo -n -l'])
