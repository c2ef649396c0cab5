-- The agents this installation has uploaded, so that the lines for sudo can name the one before as well while hosts are
-- brought from one to the next.
CREATE TABLE "AgentRelease" (
  "sha256" TEXT NOT NULL,
  "architecture" TEXT NOT NULL,
  "firstSeenAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "lastSeenAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "AgentRelease_pkey" PRIMARY KEY ("sha256"),
  CONSTRAINT "AgentRelease_sha256" CHECK ("sha256" ~ '^[0-9a-f]{64}$')
);

-- Where the agent lies, as the host told its account's home at the last contact.
ALTER TABLE "Host" ADD COLUMN "agentPath" TEXT;
