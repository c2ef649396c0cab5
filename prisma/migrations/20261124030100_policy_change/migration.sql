-- Changes of what a host's kernel does with new memory by itself (auto_online_blocks): asked for by a person, read back.
CREATE TYPE "PolicyChangeState" AS ENUM ('requested', 'done', 'refused', 'failed', 'unknown');
CREATE TABLE "PolicyChange" (
    "id" UUID NOT NULL,
    "hostId" UUID NOT NULL,
    "bootId" TEXT NOT NULL,
    "fromPolicy" TEXT NOT NULL,
    "toPolicy" TEXT NOT NULL,
    "state" "PolicyChangeState" NOT NULL DEFAULT 'requested',
    "readBack" TEXT,
    "message" TEXT NOT NULL DEFAULT '',
    "next" TEXT NOT NULL DEFAULT '',
    "requestedBy" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sentAt" TIMESTAMPTZ,
    "endedAt" TIMESTAMPTZ,

    CONSTRAINT "PolicyChange_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "PolicyChange" ADD CONSTRAINT "PolicyChange_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id")
  ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "PolicyChange" ADD CONSTRAINT "PolicyChange_end_has_time" CHECK (
  ("state" = 'requested') = ("endedAt" IS NULL));
-- Success is what was read back.
ALTER TABLE "PolicyChange" ADD CONSTRAINT "PolicyChange_done_was_read" CHECK (
  "state" <> 'done' OR ("readBack" IS NOT NULL AND "readBack" = "toPolicy"));
CREATE INDEX "PolicyChange_hostId_createdAt_idx" ON "PolicyChange"("hostId", "createdAt");
-- One at a time on a host.
CREATE UNIQUE INDEX "PolicyChange_open" ON "PolicyChange"("hostId") WHERE "state" = 'requested';

CREATE OR REPLACE FUNCTION pool_of_message(task text, payload jsonb) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE task
    WHEN 'probe-host' THEN (SELECT pool_of(h.labels) FROM "Host" h WHERE h.id = (payload->>'hostId')::uuid)
    WHEN 'plan-device' THEN (SELECT pool_of(h.labels) FROM "Plan" p JOIN "Host" h ON h.id = p."hostId"
      WHERE p.id = (payload->>'planId')::uuid)
    WHEN 'run-job' THEN (SELECT pool_of(h.labels) FROM "Job" j JOIN "Host" h ON h.id = j."hostId"
      WHERE j.id = (payload->>'jobId')::uuid)
    WHEN 'change-policy' THEN (SELECT pool_of(h.labels) FROM "PolicyChange" c JOIN "Host" h ON h.id = c."hostId"
      WHERE c.id = (payload->>'changeId')::uuid)
  END
$$;
