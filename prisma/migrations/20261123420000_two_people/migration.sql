-- Whose conversions need a second person, how long an approval of two is good, and what waits for one.
CREATE TABLE "TwoPersonRule" (
  "id" UUID NOT NULL,
  "selector" TEXT NOT NULL,
  "createdBy" TEXT NOT NULL,
  "createdAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "TwoPersonRule_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "TwoPersonRule_selector" CHECK (btrim("selector") <> '')
);
CREATE UNIQUE INDEX "TwoPersonRule_selector_key" ON "TwoPersonRule"("selector");

-- One row. Locked by whoever changes a rule and by whoever approves: one comes wholly before the other.
CREATE TABLE "TwoPersonPolicy" (
  "singleton" BOOLEAN NOT NULL DEFAULT true,
  "validHours" INTEGER NOT NULL DEFAULT 24,
  "changedBy" TEXT,
  "changedAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "TwoPersonPolicy_pkey" PRIMARY KEY ("singleton"),
  CONSTRAINT "TwoPersonPolicy_singleton" CHECK ("singleton"),
  CONSTRAINT "TwoPersonPolicy_validHours" CHECK ("validHours" BETWEEN 1 AND 720)
);
INSERT INTO "TwoPersonPolicy" ("singleton") VALUES (true);

CREATE TYPE "ApprovalState" AS ENUM ('waiting', 'approved', 'rejected', 'withdrawn', 'expired');

CREATE TABLE "ApprovalRequest" (
  "id" UUID NOT NULL,
  "planId" UUID,
  "rolloutId" UUID,
  "digest" TEXT NOT NULL,
  "state" "ApprovalState" NOT NULL DEFAULT 'waiting',
  "requesterId" TEXT NOT NULL,
  "requestedBy" TEXT NOT NULL,
  "requestedAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expiresAt" TIMESTAMPTZ NOT NULL,
  "note" TEXT NOT NULL DEFAULT '',
  "rules" TEXT[] NOT NULL,
  "deciderId" TEXT,
  "decidedBy" TEXT,
  "decidedAt" TIMESTAMPTZ,
  "reason" TEXT NOT NULL DEFAULT '',
  "jobId" UUID,
  CONSTRAINT "ApprovalRequest_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "ApprovalRequest_of_one" CHECK (num_nonnulls("planId", "rolloutId") = 1),
  CONSTRAINT "ApprovalRequest_digest" CHECK ("digest" ~ '^[0-9a-f]{64}$'),
  CONSTRAINT "ApprovalRequest_decided" CHECK (("state" = 'waiting') = ("decidedAt" IS NULL)),
  -- Two people, whatever the code believes.
  CONSTRAINT "ApprovalRequest_two_people" CHECK (
    "state" <> 'approved' OR ("deciderId" IS NOT NULL AND "deciderId" <> "requesterId"))
);
-- One question at a time about one thing.
CREATE UNIQUE INDEX "ApprovalRequest_one_waiting_per_plan" ON "ApprovalRequest" ("planId") WHERE "state" = 'waiting';
CREATE UNIQUE INDEX "ApprovalRequest_one_waiting_per_rollout" ON "ApprovalRequest" ("rolloutId") WHERE "state" = 'waiting';
CREATE INDEX "ApprovalRequest_state_requestedAt_idx" ON "ApprovalRequest"("state", "requestedAt");
CREATE INDEX "ApprovalRequest_planId_idx" ON "ApprovalRequest"("planId");
CREATE INDEX "ApprovalRequest_rolloutId_idx" ON "ApprovalRequest"("rolloutId");
CREATE INDEX "ApprovalRequest_jobId_idx" ON "ApprovalRequest"("jobId");
ALTER TABLE "ApprovalRequest" ADD CONSTRAINT "ApprovalRequest_planId_fkey"
  FOREIGN KEY ("planId") REFERENCES "Plan"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "ApprovalRequest" ADD CONSTRAINT "ApprovalRequest_rolloutId_fkey"
  FOREIGN KEY ("rolloutId") REFERENCES "Rollout"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Until when what two people approved may begin; null where one was enough.
ALTER TABLE "Job" ADD COLUMN "approvalEndsAt" TIMESTAMPTZ;
ALTER TABLE "Rollout" ADD COLUMN "approvalEndsAt" TIMESTAMPTZ;
