-- Until now everybody with an account could do everything: whoever is here stays so, as admin. Whoever comes later begins
-- with the least.
ALTER TABLE "User" ADD COLUMN "role" TEXT NOT NULL DEFAULT 'admin';
ALTER TABLE "User" ALTER COLUMN "role" SET DEFAULT 'viewer';
ALTER TABLE "User" ADD CONSTRAINT "User_role" CHECK ("role" IN ('viewer', 'operator', 'approver', 'admin'));
