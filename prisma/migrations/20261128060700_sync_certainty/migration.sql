-- AlterTable
ALTER TABLE "Sync" ADD COLUMN     "accountId" TEXT,
ADD COLUMN     "causes" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "indexesAll" BOOLEAN NOT NULL DEFAULT false;

-- Moves are lists now, and no more than what a mapping's bands can make.
UPDATE "Sync" SET "moves" = '{}';
