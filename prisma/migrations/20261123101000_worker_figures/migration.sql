-- What each worker process tells of itself for /metrics.
CREATE TABLE "WorkerFigures" (
    "holder" TEXT NOT NULL,
    "at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "figures" JSONB NOT NULL,

    CONSTRAINT "WorkerFigures_pkey" PRIMARY KEY ("holder")
);
