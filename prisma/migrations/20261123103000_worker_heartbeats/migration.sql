-- Which workers there are: each writes its row every few seconds, and takes it away when it ends.
CREATE TABLE "WorkerHeartbeat" (
  "holder" TEXT NOT NULL,
  "startedAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "seenAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "WorkerHeartbeat_pkey" PRIMARY KEY ("holder")
);
