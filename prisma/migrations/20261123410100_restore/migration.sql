-- The way back: what a plan and a rollout are for. All there are so far are conversions.
ALTER TABLE "Plan" ADD COLUMN "kind" "JobKind" NOT NULL DEFAULT 'convert', ADD COLUMN "onPartial" TEXT,
  ADD COLUMN "floorBytes" BIGINT;
ALTER TABLE "Rollout" ADD COLUMN "kind" "JobKind" NOT NULL DEFAULT 'convert', ADD COLUMN "onPartial" TEXT;
UPDATE "Plan" SET "kind" = 'convert';
UPDATE "Rollout" SET "kind" = 'convert';

-- A zone is asked for where blocks come online; what to do with a device that comes offline in part, where they go.
ALTER TABLE "Plan" ALTER COLUMN "zone" DROP NOT NULL;
ALTER TABLE "Job" ALTER COLUMN "zone" DROP NOT NULL;
ALTER TABLE "Rollout" ALTER COLUMN "zone" DROP NOT NULL;
ALTER TABLE "Plan" ADD CONSTRAINT "Plan_kind" CHECK (
  ("kind" = 'convert' AND "zone" IS NOT NULL AND num_nonnulls("onPartial", "floorBytes") = 0)
  OR ("kind" = 'restore' AND "zone" IS NULL AND num_nonnulls("onPartial", "floorBytes") = 2
    AND "onPartial" IN ('roll_back', 'leave') AND "floorBytes" >= 0));
ALTER TABLE "Rollout" ADD CONSTRAINT "Rollout_kind" CHECK (
  ("kind" = 'convert' AND "zone" IS NOT NULL AND "onPartial" IS NULL)
  OR ("kind" = 'restore' AND "zone" IS NULL AND "onPartial" IN ('roll_back', 'leave') AND "onPartial" IS NOT NULL));
ALTER TABLE "Job" ADD CONSTRAINT "Job_kind" CHECK (("kind" = 'restore') = ("zone" IS NULL));

ALTER TABLE "Job" DROP CONSTRAINT "Job_end_has_time";
ALTER TABLE "Job" ADD CONSTRAINT "Job_end_has_time" CHECK (
  ("endedAt" IS NOT NULL) = ("state" IN ('converted', 'restored', 'already', 'partial', 'refused', 'failed', 'stranded',
    'cancelled', 'lost')));
-- What was converted was not given back, and the other way round.
ALTER TABLE "Job" ADD CONSTRAINT "Job_end_is_of_its_kind" CHECK (
  "state" <> 'converted' OR "kind" <> 'restore');
ALTER TABLE "Job" ADD CONSTRAINT "Job_restored_is_a_restore" CHECK ("state" <> 'restored' OR "kind" = 'restore');

-- How much memory stays available: one row for every host and for the fleet, and what a host has of its own.
CREATE TABLE "CapacityFloor" (
    "singleton" BOOLEAN NOT NULL DEFAULT true,
    "hostBytes" BIGINT,
    "hostPercent" INTEGER,
    "fleetBytes" BIGINT,
    "fleetPercent" INTEGER,
    "changedBy" TEXT,
    "changedAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "CapacityFloor_pkey" PRIMARY KEY ("singleton")
);
ALTER TABLE "CapacityFloor" ADD CONSTRAINT "CapacityFloor_singleton" CHECK ("singleton");
ALTER TABLE "CapacityFloor" ADD CONSTRAINT "CapacityFloor_one_each" CHECK (
  num_nonnulls("hostBytes", "hostPercent") = 1 AND num_nonnulls("fleetBytes", "fleetPercent") = 1);
ALTER TABLE "CapacityFloor" ADD CONSTRAINT "CapacityFloor_range" CHECK (
  coalesce("hostBytes", 0) >= 0 AND coalesce("fleetBytes", 0) >= 0
  AND coalesce("hostPercent", 0) BETWEEN 0 AND 90 AND coalesce("fleetPercent", 0) BETWEEN 0 AND 90);
INSERT INTO "CapacityFloor" ("singleton", "hostPercent", "fleetPercent") VALUES (true, 10, 10);

ALTER TABLE "Host" ADD COLUMN "floorBytes" BIGINT, ADD COLUMN "floorPercent" INTEGER, ADD COLUMN "memAvailableBytes" BIGINT;
ALTER TABLE "Host" ADD CONSTRAINT "Host_floor" CHECK (
  num_nonnulls("floorBytes", "floorPercent") <= 1 AND "floorBytes" >= 0 AND "floorPercent" BETWEEN 0 AND 90);
ALTER TABLE "Host" ADD CONSTRAINT "Host_available" CHECK ("memAvailableBytes" >= 0);
UPDATE "Host" SET "memAvailableBytes" = ("inspection"#>>'{memory,availableBytes}')::bigint WHERE "inspection" IS NOT NULL;
