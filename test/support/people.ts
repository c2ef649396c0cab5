import { createUser } from '@/server/auth/setup-link'
import type { Role } from '@/server/auth/vocabulary'
import { transactionLimits } from '@/server/lib/service-context'
import type { Caller, TestStage } from './caller'

/** Somebody with an account, and the API as they see it in a session of their own. */
export interface Person {
  userId: string
  email: string
  caller: Caller
}

/** Makes an account without a password, and calls as its owner. */
export async function addPerson(stage: TestStage, name: string, role: Role): Promise<Person> {
  const email = `${name}@example.test`
  const { id } = await stage.db.$transaction(
    (tx) => createUser(tx, { name, email, role }, null),
    transactionLimits,
  )
  return { userId: id, email, caller: await stage.callerOf(id) }
}
