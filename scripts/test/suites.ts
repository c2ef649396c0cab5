import type { DebianPackage } from '@/scripts/lib/debian'

/** A command that passes or fails as a whole. */
export interface CheckStep {
  name: string
  argv: string[]
}

/** Style, types and structure: each step counts as one test. */
export const checkSteps: CheckStep[] = [
  { name: 'format and lint', argv: ['biome', 'ci', '--error-on-warnings', '.'] },
  { name: 'types', argv: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'types of the agent', argv: ['tsc', '-p', 'agents/tsconfig.json'] },
  { name: 'nothing unused', argv: ['knip', '--no-progress'] },
  { name: 'structure', argv: ['tsx', 'scripts/check/structure.ts'] },
]

export const suiteNames = ['check', 'unit', 'sim', 'integration', 'kernel', 'chaos', 'e2e'] as const
export type SuiteName = (typeof suiteNames)[number]

/** What runs side by side: with guests, each file waits for its own much of the time. */
export const rounds: SuiteName[][] = [['check'], ['unit', 'sim'], ['integration'], ['kernel', 'chaos', 'e2e']]

/** The agent is C in the end: any of several compilers serves, this is the smallest. */
const compiler: DebianPackage = { name: 'musl-tools', for: 'building the agent', command: 'musl-gcc' }

/** What a suite needs beyond Node; the guests' own packages are named by the lab. */
export const suitePackages: Record<SuiteName, DebianPackage[]> = {
  check: [],
  unit: [],
  sim: [],
  integration: [
    compiler,
    { name: 'openssh-server', for: 'a real sshd to talk to', command: 'sshd' },
    { name: 'ansible-core', for: 'reading inventories as Ansible does', command: 'ansible-inventory' },
    { name: 'sudo', for: 'hearing how sudo refuses', command: 'sudo' },
    { name: 'gcc-aarch64-linux-gnu', for: 'building the agent for arm64', command: 'aarch64-linux-gnu-gcc' },
    { name: 'libc6-dev-arm64-cross', for: 'building the agent for arm64' },
    { name: 'qemu-user', for: 'starting the arm64 agent', command: 'qemu-aarch64' },
    { name: 'prometheus', for: 'checking metrics and alert rules', command: 'promtool' },
  ],
  kernel: [compiler],
  chaos: [compiler],
  e2e: [
    compiler,
    { name: 'chromium', for: 'the browser tests', command: 'chromium' },
    { name: 'openssh-server', for: 'a real sshd to talk to', command: 'sshd' },
  ],
}
