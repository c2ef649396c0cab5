import type { Prisma } from '@/prisma/generated/client'
import type { Principal } from '@/server/auth/principal'
import { covers, rightOf } from '@/server/auth/vocabulary'
import { readRules, rulesHost } from './rules'

type Labels = Readonly<Record<string, string>>

/** A host with its labels as they are and as they would be; null: it would be gone. */
export interface Leaving {
  name: string
  before: unknown
  after: Labels | null
}

/**
 * Why somebody may not take these hosts out of a rule for a second person: who may not change the rules must not get
 * around them by labels either. Null where no rule would lose a host, or where an admin does it.
 */
export async function refuseLeaving(
  tx: Pick<Prisma.TransactionClient, 'twoPersonRule'>,
  user: Pick<Principal, 'role'>,
  hosts: readonly Leaving[],
): Promise<{ type: 'refused'; message: string; next: string } | null> {
  if (covers(rightOf(user.role), 'administer')) return null
  const rules = await readRules(tx)
  for (const { name, before, after } of hosts) {
    // The database keeps labels to one flat object of text.
    const over = rules.filter((rule) => rulesHost(rule, { name, labels: before as Labels }))
    const lost = over.find((rule) => after === null || !rulesHost(rule, { name, labels: after }))
    if (lost === undefined) continue
    return {
      type: 'refused',
      message: `${name} is under the rule ${lost}, which asks for a second person, and would be out of it.`,
      next: 'Ask an admin to do it.',
    }
  }
  return null
}
