-- What a device's plan predicts, beside its digest: sums over ten thousand devices would open as many plans.
ALTER TABLE "RolloutItem" ADD COLUMN "gainBytes" BIGINT, ADD COLUMN "lostBytes" BIGINT, ADD COLUMN "memmapBytes" BIGINT;
UPDATE "RolloutItem" i SET
  "gainBytes" = (p.result#>>'{item,prediction,usableBytes}')::bigint,
  "lostBytes" = (p.result#>>'{item,prediction,lostBytes}')::bigint,
  "memmapBytes" = (p.result#>>'{item,prediction,memmapBytes}')::bigint
FROM "Plan" p WHERE p.id = i."planId" AND i.digest IS NOT NULL;
ALTER TABLE "RolloutItem" ADD CONSTRAINT "RolloutItem_planned_is_predicted" CHECK (
  "digest" IS NULL OR ("gainBytes" IS NOT NULL AND "lostBytes" IS NOT NULL AND "memmapBytes" IS NOT NULL));
