-- AlterTable
ALTER TABLE "Shop" ADD COLUMN     "oldSecret" TEXT,
ADD COLUMN     "secretRenewedAt" TIMESTAMPTZ(3);
