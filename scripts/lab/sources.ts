import type { Apt } from './apt'

/**
 * The lines of sources.list that this machine itself gets the packages from, asked of apt: whatever mirror it has,
 * and none of its other archives.
 */
export async function debianSources(apt: Apt, packages: readonly string[]): Promise<string[]> {
  const known = await apt('apt-cache', ['madison', ...packages])
  const lines = new Set<string>()
  // "openssh-server | 1:9.2p1-2 | MIRROR bookworm/main amd64 Packages"
  for (const [, uri, suite, component] of known.matchAll(/\| (\S+) ([^\s/]+)\/(\S+) \S+ Packages$/gm)) {
    lines.add(`deb ${uri} ${suite} ${component}`)
  }
  if (lines.size === 0) throw new Error(`apt on this machine knows none of ${packages.join(', ')}`)
  return [...lines]
}

/** The suite most packages come from: "bookworm", not its updates. */
export function mainSuite(sources: readonly string[]): string {
  const suites = sources.map((line) => line.split(' ')[2] ?? '')
  return suites.find((suite) => !suite.includes('-')) ?? suites[0] ?? 'stable'
}
