-- CreateEnum
CREATE TYPE "CapacityResolution" AS ENUM ('raw', 'fiveMinutes', 'hour');

-- CreateTable
CREATE TABLE "CapacityLatest" (
    "hostId" UUID NOT NULL,
    "at" TIMESTAMPTZ NOT NULL,
    "silentAfterMs" INTEGER NOT NULL,
    "bootId" TEXT NOT NULL,
    "totalKib" BIGINT NOT NULL,
    "freeKib" BIGINT NOT NULL,
    "availableKib" BIGINT NOT NULL,
    "dramKib" BIGINT NOT NULL,
    "pmemKib" BIGINT NOT NULL,
    "cxlKib" BIGINT NOT NULL,
    "hbmKib" BIGINT NOT NULL,
    "convertibleKib" BIGINT NOT NULL,
    "lostKib" BIGINT NOT NULL,
    "devices" JSONB NOT NULL DEFAULT '[]',
    "packed" BYTEA NOT NULL,
    "unsealedSince" TIMESTAMPTZ,
    "lateSince" TIMESTAMPTZ,

    CONSTRAINT "CapacityLatest_pkey" PRIMARY KEY ("hostId")
);

-- CreateTable
CREATE TABLE "CapacityHead" (
    "hostId" UUID NOT NULL,
    "at" TIMESTAMPTZ NOT NULL,
    "packed" BYTEA NOT NULL,

    CONSTRAINT "CapacityHead_pkey" PRIMARY KEY ("hostId","at")
);

-- CreateTable
CREATE TABLE "CapacityChunk" (
    "hostId" UUID NOT NULL,
    "resolution" "CapacityResolution" NOT NULL,
    "start" TIMESTAMPTZ NOT NULL,
    "data" BYTEA NOT NULL,

    CONSTRAINT "CapacityChunk_pkey" PRIMARY KEY ("hostId","resolution","start")
);

-- CreateTable
CREATE TABLE "CapacitySpan" (
    "hostId" UUID NOT NULL,
    "from" TIMESTAMPTZ NOT NULL,
    "until" TIMESTAMPTZ,
    "dramKib" BIGINT NOT NULL,
    "pmemKib" BIGINT NOT NULL,
    "cxlKib" BIGINT NOT NULL,
    "hbmKib" BIGINT NOT NULL,
    "convertibleKib" BIGINT NOT NULL,
    "lostKib" BIGINT NOT NULL,

    CONSTRAINT "CapacitySpan_pkey" PRIMARY KEY ("hostId","from")
);

-- CreateIndex
CREATE INDEX "CapacitySpan_until_idx" ON "CapacitySpan"("until");

-- AddForeignKey
ALTER TABLE "CapacityLatest" ADD CONSTRAINT "CapacityLatest_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CapacityHead" ADD CONSTRAINT "CapacityHead_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "CapacityLatest"("hostId") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CapacityChunk" ADD CONSTRAINT "CapacityChunk_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "CapacityLatest"("hostId") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CapacitySpan" ADD CONSTRAINT "CapacitySpan_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "CapacityLatest"("hostId") ON DELETE CASCADE ON UPDATE CASCADE;

-- Updated at every reading: half of each page is room for the next version, so that no index is touched.
ALTER TABLE "CapacityLatest" SET (fillfactor = 50);
-- Packed already: Postgres's own compression would only cost time.
ALTER TABLE "CapacityChunk" ALTER COLUMN "data" SET STORAGE EXTERNAL;
ALTER TABLE "CapacityHead" ALTER COLUMN "packed" SET STORAGE EXTERNAL;

ALTER TABLE "CapacitySpan" ADD CONSTRAINT "CapacitySpan_order" CHECK ("until" > "from");
ALTER TABLE "CapacitySpan" ADD CONSTRAINT "CapacitySpan_bytes" CHECK (
  "dramKib" >= 0 AND "pmemKib" >= 0 AND "cxlKib" >= 0 AND "hbmKib" >= 0 AND "convertibleKib" >= 0 AND "lostKib" >= 0);
