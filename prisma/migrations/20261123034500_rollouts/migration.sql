-- CreateEnum
CREATE TYPE "RolloutState" AS ENUM ('planning', 'ready', 'running', 'paused', 'stopping', 'aborting', 'finished', 'stopped', 'aborted', 'discarded');

-- CreateEnum
CREATE TYPE "RolloutHostState" AS ENUM ('pending', 'running', 'succeeded', 'failed', 'void', 'cancelled', 'skipped', 'unstarted');

-- CreateEnum
CREATE TYPE "RolloutItemState" AS ENUM ('planning', 'planned', 'excluded', 'pending', 'running', 'converted', 'already', 'partial', 'refused', 'failed', 'stranded', 'cancelled', 'lost', 'void', 'skipped', 'unstarted');

-- CreateTable
CREATE TABLE "Rollout" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "selector" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "policy" JSONB NOT NULL,
    "state" "RolloutState" NOT NULL DEFAULT 'planning',
    "reason" TEXT NOT NULL DEFAULT '',
    "digest" TEXT,
    "exclusions" JSONB NOT NULL DEFAULT '[]',
    "wave" INTEGER NOT NULL DEFAULT 0,
    "soakSince" TIMESTAMPTZ,
    "checkSince" TIMESTAMPTZ,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "readyAt" TIMESTAMPTZ,
    "approvedBy" TEXT,
    "approvedAt" TIMESTAMPTZ,
    "endedAt" TIMESTAMPTZ,

    CONSTRAINT "Rollout_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RolloutHost" (
    "rolloutId" UUID NOT NULL,
    "hostId" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "wave" INTEGER,
    "state" "RolloutHostState" NOT NULL DEFAULT 'pending',
    "cause" TEXT,
    "startedAt" TIMESTAMPTZ,
    "endedAt" TIMESTAMPTZ,
    "acknowledged" BOOLEAN NOT NULL DEFAULT false,
    "checked" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "RolloutHost_pkey" PRIMARY KEY ("rolloutId","hostId")
);

-- CreateTable
CREATE TABLE "RolloutItem" (
    "id" UUID NOT NULL,
    "rolloutId" UUID NOT NULL,
    "hostId" UUID NOT NULL,
    "deviceId" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "state" "RolloutItemState" NOT NULL DEFAULT 'planning',
    "planId" UUID,
    "digest" TEXT,
    "jobId" UUID,
    "retriesUsed" INTEGER NOT NULL DEFAULT 0,
    "retryAt" TIMESTAMPTZ,
    "cause" TEXT,
    "message" TEXT NOT NULL DEFAULT '',
    "next" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "RolloutItem_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Rollout_createdAt_idx" ON "Rollout"("createdAt");

-- CreateIndex
CREATE INDEX "RolloutHost_hostId_idx" ON "RolloutHost"("hostId");

-- CreateIndex
CREATE UNIQUE INDEX "RolloutItem_planId_key" ON "RolloutItem"("planId");

-- CreateIndex
CREATE UNIQUE INDEX "RolloutItem_jobId_key" ON "RolloutItem"("jobId");

-- CreateIndex
CREATE UNIQUE INDEX "RolloutItem_rolloutId_deviceId_key" ON "RolloutItem"("rolloutId", "deviceId");

-- CreateIndex
CREATE INDEX "RolloutItem_rolloutId_hostId_position_idx" ON "RolloutItem"("rolloutId", "hostId", "position");

-- CreateIndex
CREATE INDEX "RolloutItem_hostId_idx" ON "RolloutItem"("hostId");

-- AddForeignKey
ALTER TABLE "RolloutHost" ADD CONSTRAINT "RolloutHost_rolloutId_fkey" FOREIGN KEY ("rolloutId") REFERENCES "Rollout"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RolloutHost" ADD CONSTRAINT "RolloutHost_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RolloutItem" ADD CONSTRAINT "RolloutItem_rolloutId_fkey" FOREIGN KEY ("rolloutId") REFERENCES "Rollout"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RolloutItem" ADD CONSTRAINT "RolloutItem_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RolloutItem" ADD CONSTRAINT "RolloutItem_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RolloutItem" ADD CONSTRAINT "RolloutItem_planId_fkey" FOREIGN KEY ("planId") REFERENCES "Plan"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RolloutItem" ADD CONSTRAINT "RolloutItem_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- A device waits for or runs in one approved rollout at most: two approvals at one moment are told apart here.
CREATE UNIQUE INDEX "RolloutItem_one_open_per_device" ON "RolloutItem" ("deviceId") WHERE "state" IN ('pending', 'running');

-- One device at a time on a host of a rollout, whatever the code believes.
CREATE UNIQUE INDEX "RolloutItem_one_running_per_host" ON "RolloutItem" ("rolloutId", "hostId") WHERE "state" = 'running';

-- What runs was approved by somebody, under a digest; what has ended has its time.
ALTER TABLE "Rollout" ADD CONSTRAINT "Rollout_running_is_approved" CHECK (
  "state" IN ('planning', 'ready', 'discarded')
  OR ("digest" IS NOT NULL AND "approvedBy" IS NOT NULL AND "approvedAt" IS NOT NULL));
ALTER TABLE "Rollout" ADD CONSTRAINT "Rollout_end_has_time" CHECK (
  ("endedAt" IS NOT NULL) = ("state" IN ('finished', 'stopped', 'aborted', 'discarded')));
ALTER TABLE "Rollout" ADD CONSTRAINT "Rollout_zone" CHECK ("zone" IN ('movable', 'kernel', 'policy'));
ALTER TABLE "Rollout" ADD CONSTRAINT "Rollout_digest" CHECK ("digest" ~ '^[0-9a-f]{64}$');
ALTER TABLE "Rollout" ADD CONSTRAINT "Rollout_selector" CHECK (btrim("selector") <> '');
ALTER TABLE "RolloutHost" ADD CONSTRAINT "RolloutHost_running_has_time" CHECK (
  "state" <> 'running' OR ("startedAt" IS NOT NULL AND "wave" IS NOT NULL));
ALTER TABLE "RolloutItem" ADD CONSTRAINT "RolloutItem_open_is_planned" CHECK (
  "state" NOT IN ('pending', 'running') OR ("planId" IS NOT NULL AND "digest" ~ '^[0-9a-f]{64}$'));
ALTER TABLE "RolloutItem" ADD CONSTRAINT "RolloutItem_running_has_job" CHECK ("state" <> 'running' OR "jobId" IS NOT NULL);
ALTER TABLE "RolloutItem" ADD CONSTRAINT "RolloutItem_retries" CHECK ("retriesUsed" >= 0);

ALTER TABLE "Event" DROP CONSTRAINT "Event_topic";
ALTER TABLE "Event" ADD CONSTRAINT "Event_topic" CHECK ("topic" IN ('host', 'job', 'plan', 'fleet', 'rollout'));
