-- How a host's kernel moves pages between kinds of memory, as last read: filters and comparisons ask for it.
ALTER TABLE "Host" ADD COLUMN "demotionEnabled" BOOLEAN;
ALTER TABLE "Host" ADD COLUMN "numaBalancing" INTEGER;
ALTER TABLE "Host" ADD COLUMN "memoryTiers" INTEGER;
ALTER TABLE "Host" ADD COLUMN "farthestDistance" INTEGER;
