-- AlterEnum
ALTER TYPE "HostState" ADD VALUE 'foreign';

-- AlterTable
ALTER TABLE "Host" ADD COLUMN "fenceDue" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "fenceRequestedAt" TIMESTAMPTZ,
ADD COLUMN "foreignToken" JSONB,
ADD COLUMN "adoptFrom" JSONB;

-- AlterTable
ALTER TABLE "Job" ADD COLUMN "stuckSince" TIMESTAMPTZ,
ADD COLUMN "stuckWrite" JSONB,
ADD COLUMN "journalOffset" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "HostWatch" (
    "hostId" UUID NOT NULL,
    "holder" TEXT NOT NULL,
    "expiresAt" TIMESTAMPTZ NOT NULL,
    "lastSampleAt" TIMESTAMPTZ,

    CONSTRAINT "HostWatch_pkey" PRIMARY KEY ("hostId")
);

-- CreateTable
CREATE TABLE "Watcher" (
    "holder" TEXT NOT NULL,
    "expiresAt" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "Watcher_pkey" PRIMARY KEY ("holder")
);

-- CreateIndex
CREATE INDEX "HostWatch_holder_idx" ON "HostWatch"("holder");

-- AddForeignKey
ALTER TABLE "HostWatch" ADD CONSTRAINT "HostWatch_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A host that is in quarantine now gets out by a fencing probe, like any other.
UPDATE "Host" SET "fenceDue" = true WHERE "state" = 'quarantined';

-- Stuck is said only of a job that acts, and never without the write that sits there.
ALTER TABLE "Job" ADD CONSTRAINT "Job_stuck_acts" CHECK (
  "stuckSince" IS NULL OR ("state" IN ('acting', 'verifying') AND "stuckWrite" IS NOT NULL));
ALTER TABLE "Job" ADD CONSTRAINT "Job_journalOffset" CHECK ("journalOffset" >= 0);
