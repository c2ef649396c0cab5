-- A share of a device that kmem keeps: so many bytes, or named blocks, come online or go offline.
ALTER TABLE "Plan" ADD COLUMN "shareBytes" BIGINT, ADD COLUMN "shareBlocks" JSONB;
ALTER TABLE "Plan" DROP CONSTRAINT "Plan_kind";
ALTER TABLE "Plan" ADD CONSTRAINT "Plan_kind" CHECK (
  ("kind" IN ('convert', 'online') AND "zone" IS NOT NULL AND num_nonnulls("onPartial", "floorBytes") = 0)
  OR ("kind" IN ('restore', 'offline') AND "zone" IS NULL AND num_nonnulls("onPartial", "floorBytes") = 2
    AND "onPartial" IN ('roll_back', 'leave') AND "floorBytes" >= 0));
ALTER TABLE "Plan" ADD CONSTRAINT "Plan_share" CHECK (
  num_nonnulls("shareBytes", "shareBlocks") = CASE WHEN "kind" IN ('online', 'offline') THEN 1 ELSE 0 END
  AND coalesce("shareBytes", 1) > 0);

-- What was to be online is, or what was to be given back is: each end is of its kinds.
ALTER TABLE "Job" DROP CONSTRAINT "Job_kind";
ALTER TABLE "Job" ADD CONSTRAINT "Job_kind" CHECK (("kind" IN ('restore', 'offline')) = ("zone" IS NULL));
ALTER TABLE "Job" DROP CONSTRAINT "Job_end_is_of_its_kind";
ALTER TABLE "Job" ADD CONSTRAINT "Job_end_is_of_its_kind" CHECK (
  "state" <> 'converted' OR "kind" IN ('convert', 'online'));
ALTER TABLE "Job" DROP CONSTRAINT "Job_restored_is_a_restore";
ALTER TABLE "Job" ADD CONSTRAINT "Job_restored_is_a_restore" CHECK (
  "state" <> 'restored' OR "kind" IN ('restore', 'offline'));
