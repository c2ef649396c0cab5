-- Somebody who may no longer sign in keeps their row, so that what they did keeps its name.
ALTER TABLE "User" ADD COLUMN "disabledAt" TIMESTAMPTZ, ADD COLUMN "twoFactorEnabled" BOOLEAN NOT NULL DEFAULT false;

-- A link that makes an account, or gives one a new password. Only the hash of its token is kept.
CREATE TABLE "Invitation" (
  "id" UUID NOT NULL,
  "tokenHash" TEXT NOT NULL,
  "email" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "userId" TEXT,
  "createdBy" TEXT NOT NULL,
  "createdAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expiresAt" TIMESTAMPTZ NOT NULL,
  CONSTRAINT "Invitation_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "Invitation_role" CHECK ("role" IN ('viewer', 'operator', 'approver', 'admin'))
);
CREATE UNIQUE INDEX "Invitation_tokenHash_key" ON "Invitation"("tokenHash");
-- One open link a person: a new one ends the one before.
CREATE UNIQUE INDEX "Invitation_email_key" ON "Invitation"("email");
ALTER TABLE "Invitation" ADD CONSTRAINT "Invitation_userId_fkey"
  FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- better-auth's own: secret and codes are encrypted with the session secret.
CREATE TABLE "TwoFactor" (
  "id" TEXT NOT NULL,
  "secret" TEXT NOT NULL,
  "backupCodes" TEXT NOT NULL,
  "userId" TEXT NOT NULL,
  "verified" BOOLEAN NOT NULL DEFAULT true,
  "failedVerificationCount" INTEGER NOT NULL DEFAULT 0,
  "lockedUntil" TIMESTAMPTZ,
  CONSTRAINT "TwoFactor_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "TwoFactor_userId_key" ON "TwoFactor"("userId");
ALTER TABLE "TwoFactor" ADD CONSTRAINT "TwoFactor_userId_fkey"
  FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Codes that were used: a code is good for a minute and a half, and for one sign-in.
CREATE TABLE "UsedCode" (
  "userId" TEXT NOT NULL,
  "codeHash" TEXT NOT NULL,
  "usedAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "UsedCode_pkey" PRIMARY KEY ("userId", "codeHash")
);
ALTER TABLE "UsedCode" ADD CONSTRAINT "UsedCode_userId_fkey"
  FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One row: what is asked of everybody who signs in.
CREATE TABLE "AccessPolicy" (
  "singleton" BOOLEAN NOT NULL DEFAULT true,
  "requireSecondFactor" BOOLEAN NOT NULL DEFAULT false,
  "changedBy" TEXT,
  "changedAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "AccessPolicy_pkey" PRIMARY KEY ("singleton"),
  CONSTRAINT "AccessPolicy_singleton" CHECK ("singleton")
);
INSERT INTO "AccessPolicy" ("singleton") VALUES (true);
