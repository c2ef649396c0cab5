-- A rollout may be of a share: so much of each device, or of each host.
ALTER TABLE "Rollout" ADD COLUMN "shareBytes" BIGINT, ADD COLUMN "sharePer" TEXT;
ALTER TABLE "RolloutItem" ADD COLUMN "shareBytes" BIGINT;
ALTER TABLE "Rollout" DROP CONSTRAINT "Rollout_kind";
ALTER TABLE "Rollout" ADD CONSTRAINT "Rollout_kind" CHECK (
  ("kind" IN ('convert', 'online') AND "zone" IS NOT NULL AND "onPartial" IS NULL)
  OR ("kind" IN ('restore', 'offline') AND "zone" IS NULL AND "onPartial" IN ('roll_back', 'leave') AND "onPartial" IS NOT NULL));
ALTER TABLE "Rollout" ADD CONSTRAINT "Rollout_share" CHECK (
  num_nonnulls("shareBytes", "sharePer") = CASE WHEN "kind" IN ('online', 'offline') THEN 2 ELSE 0 END
  AND coalesce("shareBytes", 1) > 0 AND coalesce("sharePer", 'device') IN ('device', 'host'));
ALTER TABLE "RolloutItem" ADD CONSTRAINT "RolloutItem_share" CHECK (coalesce("shareBytes", 1) > 0);
