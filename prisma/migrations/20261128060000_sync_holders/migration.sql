-- AlterTable
ALTER TABLE "SyncWrite" ADD COLUMN     "done" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "SyncedCustomer" ADD COLUMN     "profileId" TEXT;
