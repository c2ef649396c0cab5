import type { AgentReply } from './protocol'

/** Sends one reply; false once nobody reads any more. */
export type Say = (reply: AgentReply) => Promise<boolean>
