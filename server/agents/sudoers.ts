/** An agent that sudo may run as root. */
export interface AllowedAgent {
  sha256: string
  /** What a person reading the file should know of it, one line. */
  note: string
}

export interface SudoRule {
  username: string
  /** The one path sudo is given, whatever the version. */
  path: string
}

/**
 * One line of sudoers: this account may run this very agent as root, without arguments and password, and nothing else.
 * sudo computes the digest of the file it has opened and runs that open file (`fdexec`), so it does not matter that the
 * account itself may write to the path (sudoers(5), Digest_Spec).
 */
export function sudoersLine({ username, path }: SudoRule, sha256: string): string {
  return `${userWord(username)} ALL=(root) NOPASSWD: sha256:${sha256} ${path} ""`
}

/**
 * A file for /etc/sudoers.d: a line for each agent, since a list of digests before one path is read by sudo 1.9 only.
 */
export function sudoersFile(rule: SudoRule, agents: readonly AllowedAgent[]): string {
  return [
    `# Daxfleet: ${rule.username} may run the agent as root, told by its SHA-256, and nothing else.`,
    '# Check it (visudo -cf FILE), then install it as root: install -o root -g root -m 440 FILE /etc/sudoers.d/daxfleet',
    `Defaults!${rule.path} fdexec=digest_only, !requiretty`,
    ...agents.flatMap(({ sha256, note }) => [`# ${note}`, sudoersLine(rule, sha256)]),
    '',
  ].join('\n')
}

/** A word of capitals alone is an alias to sudoers, and ALL means everybody: in quotes it is a name. */
function userWord(username: string): string {
  return /^[A-Z][A-Z0-9_]*$/.test(username) ? `"${username}"` : username
}

/** The agents under `path` that `sudo -l` names, in the order of its lines; other digests are no business of ours. */
export function allowedAgents(listing: readonly string[], path: string): string[] {
  const words = listing.join(' ').split(/\s+/)
  return words.flatMap((word, at) => {
    const digest = /^sha256:([0-9a-f]{64})$/i.exec(word)?.[1]
    return digest !== undefined && words[at + 1] === path ? [digest.toLowerCase()] : []
  })
}
