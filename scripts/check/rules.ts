import type { Import } from './imports'

/** A direction that imports may not take, and the reason a newcomer deserves. */
export interface Rule {
  name: string
  why: string
  /** True when this import breaks the rule. */
  breaks: (found: Import) => boolean
}

const within = (file: string, room: string) => file === room || file.startsWith(`${room}/`)
const isOwn = (target: string) =>
  /^(app|server|agents|prisma|scripts|test)(\/|$)/.test(target) || target === 'proxy'

/** What each folder of server/rollouts may know of the others. */
const rolloutRooms: Readonly<Record<string, readonly string[]>> = {
  machine: [],
  targets: ['machine'],
  rows: ['machine'],
  plan: ['machine', 'targets', 'rows'],
  turn: ['machine', 'rows', 'plan'],
  views: ['machine'],
}
const rolloutRoomOf = (file: string) => /^server\/rollouts\/([a-z-]+)\//.exec(file)?.[1]

export const rules: Rule[] = [
  {
    name: 'agents stand alone',
    why: 'The agent runs as root on other machines: what it is made of must fit in one folder and one head.',
    breaks: ({ file, target }) => within(file, 'agents') && isOwn(target) && !within(target, 'agents'),
  },
  {
    name: 'the model is no part of the agent',
    why: 'A model of a kernel is for tests and numbers; what runs on hosts must not know that there is one.',
    breaks: ({ file, target }) =>
      within(file, 'agents') && !within(file, 'agents/model') && within(target, 'agents/model'),
  },
  {
    name: 'only the contract crosses',
    why: 'Server and agent share agents/protocol.ts and nothing else, or their versions could not differ.',
    breaks: ({ file, target }) =>
      (within(file, 'server') || within(file, 'app')) &&
      within(target, 'agents') &&
      target !== 'agents/protocol',
  },
  {
    name: 'one importer of ssh2',
    why: 'Host-key policy, deadlines and bounds hold only if there is one door to the hosts.',
    breaks: ({ file, target }) =>
      target === 'ssh2' &&
      !within(file, 'server/ssh') &&
      // The lab is the tests' second witness: it must not see guests through the product's eyes.
      file !== 'scripts/lab/ssh.ts' &&
      // Simulated hosts are the other end: a server, which goes to no host.
      !within(file, 'scripts/lab/simulated') &&
      // What the product is measured against: the library as it is.
      file !== 'scripts/bench/fanout/plain-ssh.ts' &&
      !within(file, 'test'),
  },
  {
    name: 'the server knows no screens',
    why: 'Dependencies point one way: app → server → database.',
    breaks: ({ file, target }) => within(file, 'server') && (within(target, 'app') || within(target, 'test')),
  },
  {
    name: 'the product knows no chores',
    why: 'What is in scripts starts, builds and tests the product; the product runs without it.',
    breaks: ({ file, target }) =>
      (within(file, 'server') || within(file, 'app')) && within(target, 'scripts'),
  },
  {
    name: 'pages decide nothing',
    why: 'A page may use the server’s types and words; code that decides stays behind tRPC, and validators off its bundle.',
    breaks: ({ file, target, typeOnly }) =>
      within(file, 'app') &&
      !within(file, 'app/api') &&
      // No pages either: where Prometheus and what watches processes look by themselves.
      !within(file, 'app/metrics') &&
      !within(file, 'app/readyz') &&
      // Where the identity provider sends browsers back to.
      file !== 'app/(auth)/sign-in/oidc/route.ts' &&
      within(target, 'server') &&
      !typeOnly &&
      // A page.tsx is rendered on the server: what it takes from a schema travels as values.
      !(file.endsWith('/page.tsx') && /^server\/[a-z-]+\/schema$/.test(target)) &&
      !/^server\/[a-z-]+\/vocabulary$/.test(target),
  },
  {
    name: 'routers translate',
    why: 'A router has input, permission, one service call, output; the database is the service’s business.',
    breaks: ({ file, target }) =>
      /^server\/[a-z-]+\/router$/.test(file.replace(/\.ts$/, '')) &&
      (target.endsWith('/queries') ||
        target === 'server/lib/db' ||
        target === 'server/lib/pg' ||
        target === 'pg'),
  },
  {
    name: 'a rollout’s rooms point one way',
    why: 'What is asked, kept, decided, done and shown of a rollout are apart, so that each can be read alone.',
    breaks: ({ file, target }) => {
      const room = rolloutRoomOf(file)
      const other = rolloutRoomOf(target)
      return (
        room !== undefined && other !== undefined && room !== other && !rolloutRooms[room]?.includes(other)
      )
    },
  },
  {
    name: 'the machine is pure',
    why: 'What a rollout does next is decided without database, clock or network, or it could not be tried exhaustively.',
    breaks: ({ file, target, typeOnly }) =>
      within(file, 'server/rollouts/machine') &&
      !within(target, 'server/rollouts/machine') &&
      !/^server\/[a-z-]+\/(vocabulary|policy)$/.test(target) &&
      !typeOnly,
  },
  {
    name: 'transport stays at the edge',
    why: 'Services throw domain errors; only routers and server/trpc know tRPC.',
    breaks: ({ file, target }) =>
      within(file, 'server') &&
      target === '@trpc/server' &&
      !within(file, 'server/trpc') &&
      !/\/router\.ts$/.test(file),
  },
]
