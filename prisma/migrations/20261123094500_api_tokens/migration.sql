-- A way in for programs. Only the SHA-256 of a token is kept.
CREATE TABLE "ApiToken" (
  "id" UUID NOT NULL,
  "userId" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "scopes" TEXT[],
  "tokenHash" TEXT NOT NULL,
  "createdAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expiresAt" TIMESTAMPTZ NOT NULL,
  "lastUsedAt" TIMESTAMPTZ,
  "revokedAt" TIMESTAMPTZ,
  "revokedBy" TEXT,
  CONSTRAINT "ApiToken_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "ApiToken_hash" CHECK ("tokenHash" ~ '^[0-9a-f]{64}$'),
  CONSTRAINT "ApiToken_scopes" CHECK (cardinality("scopes") > 0)
);
CREATE UNIQUE INDEX "ApiToken_tokenHash_key" ON "ApiToken"("tokenHash");
CREATE INDEX "ApiToken_userId_idx" ON "ApiToken"("userId");
ALTER TABLE "ApiToken" ADD CONSTRAINT "ApiToken_userId_fkey"
  FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What a request with an Idempotency-Key was answered.
CREATE TABLE "KeptAnswer" (
  "tokenId" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "requestHash" TEXT NOT NULL,
  "status" INTEGER,
  "body" TEXT,
  "createdAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "KeptAnswer_pkey" PRIMARY KEY ("tokenId", "key"),
  CONSTRAINT "KeptAnswer_whole" CHECK (("status" IS NULL) = ("body" IS NULL))
);
CREATE INDEX "KeptAnswer_createdAt_idx" ON "KeptAnswer"("createdAt");
ALTER TABLE "KeptAnswer" ADD CONSTRAINT "KeptAnswer_tokenId_fkey"
  FOREIGN KEY ("tokenId") REFERENCES "ApiToken"("id") ON DELETE CASCADE ON UPDATE CASCADE;
