-- What comes back after a restart, and does so no more: work of its own with ends of its own. In a migration apart: a new
-- value may be used only once it is committed.
ALTER TYPE "JobKind" ADD VALUE 'unpersist' AFTER 'persist';
ALTER TYPE "JobState" ADD VALUE 'persisted' AFTER 'restored';
ALTER TYPE "JobState" ADD VALUE 'unpersisted' AFTER 'persisted';
