import { systemActor } from '@/server/audit/actor'
import { createSetupLink, needsSetup } from '@/server/auth/setup-link'
import { createSignInLink } from '@/server/auth/sign-in-link'
import type { Config } from '@/server/lib/config'
import { db } from '@/server/lib/db'

/** `.invalid` can never be a real address: nobody is taken for somebody else. */
const DEMO_USER = { name: 'Demo operator', email: 'operator@daxfleet.invalid', role: 'admin' } as const

/** The last words of a start: where it is, a one-time link where one is due, and what to do next. */
export async function welcome(
  settings: Config,
  { demo, lab }: { demo: boolean; lab: readonly string[] },
): Promise<string> {
  try {
    const lines = demo ? await demoLines(settings, lab) : await startLines(settings)
    return ['', ...lines, '', 'Ctrl-C stops everything.'].join('\n')
  } finally {
    await db().$disconnect()
  }
}

async function startLines({ origin }: Config): Promise<string[]> {
  const ready = `Daxfleet is ready: ${origin}`
  if (!(await needsSetup({ db: db() }))) return [ready]
  const { path } = await createSetupLink({ db: db() })
  return [ready, `Make the first account (this link works once, for ten minutes): ${origin}${path}`]
}

async function demoLines({ origin, dataDir }: Config, lab: readonly string[]): Promise<string[]> {
  const link = await createSignInLink({ db: db(), actor: systemActor }, { makeUser: DEMO_USER })
  return [
    `Daxfleet is ready: ${origin}`,
    `Sign in (this link works once, for ten minutes): ${origin}${link.path}`,
    `Signed out? DATA_DIR='${dataDir}' npm run sign-in-link prints another.`,
    '',
    ...lab,
  ]
}
